-- The statements of archives in SQLite.

-- name: read_entries
SELECT id, text, data FROM entries WHERE archive = ? ORDER BY number;

-- name: put_event
INSERT OR IGNORE INTO events (archive, event) VALUES (?, ?);

-- name: put_entry
INSERT INTO entries (archive, id, text, data) VALUES (?, ?, ?, ?)
ON CONFLICT (archive, id) DO UPDATE SET text = excluded.text, data = excluded.data;

-- name: drop_entry
DELETE FROM entries WHERE archive = ? AND id = ?;
