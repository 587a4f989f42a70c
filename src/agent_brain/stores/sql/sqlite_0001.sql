-- What changes with each commit stands apart from what never changes: an update writes its whole row.
CREATE TABLE run (
    run_id TEXT PRIMARY KEY NOT NULL,
    status TEXT NOT NULL,
    state TEXT NOT NULL,
    head INTEGER NOT NULL,
    base INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    owner TEXT NOT NULL,
    lease_until REAL,
    attempts INTEGER NOT NULL,
    wake_at REAL,
    updated_at REAL NOT NULL
) WITHOUT ROWID;

CREATE INDEX run_open ON run (status) WHERE status IN ('ready', 'running', 'waiting');

CREATE TABLE about (
    run_id TEXT PRIMARY KEY NOT NULL REFERENCES run ON DELETE CASCADE,
    net TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    goal TEXT NOT NULL,
    parent_id TEXT,
    parent_head INTEGER,
    labels TEXT NOT NULL,
    created_at REAL NOT NULL
) WITHOUT ROWID;

CREATE INDEX about_parent ON about (parent_id) WHERE parent_id IS NOT NULL;

-- `records` is a JSON array in the format `version`. With row ids, unlike the others: a row of one to four kilobytes,
-- as a step has, would take a page of its own besides.
CREATE TABLE commits (
    run_id TEXT NOT NULL REFERENCES run ON DELETE CASCADE,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    at REAL NOT NULL,
    epoch INTEGER NOT NULL,
    version INTEGER NOT NULL,
    records TEXT NOT NULL,
    PRIMARY KEY (run_id, first)
);

-- A pause that a commit has replied to stays here as read, so that a late reply is known for one.
CREATE TABLE mail (
    run_id TEXT NOT NULL REFERENCES run ON DELETE CASCADE,
    pause_id TEXT NOT NULL,
    reply TEXT NOT NULL,
    is_read INTEGER NOT NULL,
    PRIMARY KEY (run_id, pause_id)
) WITHOUT ROWID;

-- `env` is compressed with zlib.
CREATE TABLE snapshot (
    run_id TEXT NOT NULL REFERENCES run ON DELETE CASCADE,
    head INTEGER NOT NULL,
    env BLOB NOT NULL,
    PRIMARY KEY (run_id, head)
) WITHOUT ROWID;

CREATE VIEW info AS
SELECT
    run_id, net, fingerprint, goal, status, state, head, base, parent_id, parent_head, labels, epoch, owner,
    lease_until, attempts, wake_at, created_at, updated_at
FROM run JOIN about USING (run_id);
