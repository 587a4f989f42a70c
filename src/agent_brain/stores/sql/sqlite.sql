-- Named statements of the SQLite store. Texts are encoded as `columns.py` says; lists are JSON arrays.

-- name: get
SELECT * FROM info WHERE run_id = :run_id;

-- name: find
SELECT run_id FROM run WHERE run_id >= :prefix AND substr(run_id, 1, length(:prefix)) = :prefix ORDER BY run_id LIMIT 10;

-- name: list_runs
WITH found (id) AS (
    SELECT run_id FROM run
    WHERE (:statuses = '[]' OR status IN (SELECT value FROM json_each(:statuses)))
        AND (:before IS NULL OR updated_at < :before)
    ORDER BY updated_at DESC LIMIT :limit
)
SELECT info.* FROM found JOIN info ON run_id = id ORDER BY updated_at DESC;

-- name: list_due
SELECT * FROM info
WHERE status IN ('ready', 'running', 'waiting')
    AND (status = 'ready' OR status = 'running' AND lease_until <= :now OR status = 'waiting' AND wake_at <= :now)
ORDER BY updated_at LIMIT :limit;

-- name: list_children
SELECT * FROM info WHERE parent_id = :run_id ORDER BY created_at, run_id;

-- name: create_run
INSERT INTO run (run_id, status, state, head, base, epoch, owner, lease_until, attempts, wake_at, updated_at)
VALUES (:run_id, :status, :state, :head, :base, :epoch, :owner, :lease_until, :attempts, :wake_at, :updated_at);

-- name: create_about
INSERT INTO about (run_id, net, fingerprint, goal, parent_id, parent_head, labels, created_at)
VALUES (:run_id, :net, :fingerprint, :goal, :parent_id, :parent_head, :labels, :created_at);

-- name: claim
UPDATE run SET status = 'running', epoch = :epoch, owner = :owner, lease_until = :lease_until, attempts = :attempts,
    updated_at = :now
WHERE run_id = :run_id;

-- name: extend
UPDATE run SET head = :last, lease_until = :lease_until, updated_at = :now
WHERE run_id = :run_id AND head = :head AND epoch = :epoch AND owner = :owner AND status = 'running';

-- name: place
UPDATE run SET head = :last, lease_until = :lease_until, updated_at = :now, status = :status, state = :state,
    wake_at = :wake_at, attempts = 0, owner = CASE WHEN :status = 'running' THEN owner ELSE '' END
WHERE run_id = :run_id AND head = :head AND epoch = :epoch AND owner = :owner AND status = 'running';

-- name: keep
UPDATE run SET lease_until = :lease_until WHERE run_id = :run_id AND status = 'running';

-- name: commit
INSERT INTO commits (run_id, first, last, at, epoch, version, records)
VALUES (:run_id, :first, :last, :at, :epoch, :version, :records);

-- name: find_commit
SELECT last, epoch, version, records FROM commits WHERE run_id = :run_id AND first = :first;

-- name: beat
UPDATE run SET lease_until = :lease_until WHERE owner = :owner AND status = 'running';

-- name: set_status
UPDATE run SET status = :status, owner = '', lease_until = NULL, updated_at = :now WHERE run_id = :run_id;

-- name: mark_read
INSERT INTO mail (run_id, pause_id, reply, is_read) VALUES (:run_id, :pause_id, 'null', 1)
ON CONFLICT (run_id, pause_id) DO UPDATE SET is_read = 1;

-- name: post
INSERT INTO mail (run_id, pause_id, reply, is_read) VALUES (:run_id, :pause_id, :reply, 0)
ON CONFLICT (run_id, pause_id) DO NOTHING;

-- name: has_mail
SELECT EXISTS (SELECT 1 FROM mail WHERE run_id = :run_id AND NOT is_read);

-- name: read_mail
SELECT pause_id, reply FROM mail WHERE run_id = :run_id AND NOT is_read ORDER BY pause_id;

-- name: wake
UPDATE run SET status = 'ready', updated_at = :now WHERE run_id = :run_id AND status = 'waiting'
    AND EXISTS (SELECT 1 FROM mail WHERE run_id = :run_id AND NOT is_read);

-- name: read_chain
WITH RECURSIVE chain (depth, run_id, start, until, parent_id) AS (
    SELECT 0, run_id, coalesce(parent_head, 0), min(:until, head), parent_id FROM info WHERE run_id = :run_id
    UNION ALL
    SELECT depth + 1, info.run_id, coalesce(parent_head, 0), min(chain.until, chain.start), info.parent_id
    FROM chain JOIN info ON info.run_id = chain.parent_id
)
SELECT run_id, max(start, :after), until FROM chain WHERE until > max(start, :after) ORDER BY depth DESC;

-- name: read_commits
SELECT first, last, at, epoch, version, records FROM commits
WHERE run_id = :run_id AND last > :after AND first <= :until
    AND first >= coalesce((SELECT max(first) FROM commits WHERE run_id = :run_id AND first <= :after + 1), 0)
ORDER BY first;

-- name: put_snapshot
INSERT INTO snapshot (run_id, head, env) VALUES (:run_id, :head, :env)
ON CONFLICT (run_id, head) DO UPDATE SET env = excluded.env;

-- name: read_snapshot
WITH RECURSIVE chain (run_id, start, until, parent_id) AS (
    SELECT run_id, coalesce(parent_head, 0), min(:until, head), parent_id FROM info WHERE run_id = :run_id
    UNION ALL
    SELECT info.run_id, coalesce(parent_head, 0), min(chain.until, chain.start), info.parent_id
    FROM chain JOIN info ON info.run_id = chain.parent_id
)
SELECT snapshot.head, env FROM chain JOIN snapshot ON snapshot.run_id = chain.run_id AND snapshot.head <= chain.until
ORDER BY snapshot.head DESC LIMIT 1;

-- name: find_forks
SELECT run_id FROM about
WHERE parent_id = :run_id AND run_id NOT IN (SELECT value FROM json_each(:besides)) ORDER BY run_id LIMIT 10;

-- name: delete
DELETE FROM run WHERE run_id = :run_id;

-- name: drop_records
DELETE FROM commits WHERE run_id = :run_id;

-- name: drop_snapshots
DELETE FROM snapshot WHERE run_id = :run_id AND head < :head;

-- name: set_base
UPDATE run SET base = head WHERE run_id = :run_id;

-- name: leave_parent
UPDATE about SET parent_id = NULL, parent_head = NULL WHERE run_id = :run_id;
