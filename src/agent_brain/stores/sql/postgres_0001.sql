-- The tables of the Postgres store; {schema} is its schema.
-- Times are seconds since the epoch (`to_timestamp(at)` shows one): a row that was exported and restored is the same row.
-- JSON stands in `text`, not `jsonb`: jsonb refuses the escape of a NUL and a NaN, and what a model or a tool has said
-- must never make an append fail. `records::jsonb` serves a query.
-- No foreign keys: each append would pay for a look at its own row. Rows go in the transaction that removes their run.
-- `head`, `epoch`, `updated_at` and `lease_until` change with every append and are in no index, so that an append
-- rewrites a row in its own page (a HOT update) and touches no index of `runs`.
CREATE TABLE {schema}.runs (
    run_id text COLLATE "C" PRIMARY KEY,
    net text NOT NULL,
    fingerprint text NOT NULL,
    goal text NOT NULL,
    labels text NOT NULL,
    parent_id text COLLATE "C",
    parent_head bigint,
    status text NOT NULL,
    state text NOT NULL,
    head bigint NOT NULL,
    base bigint NOT NULL,
    epoch bigint NOT NULL,
    owner text NOT NULL,
    token text NOT NULL,
    status_before text NOT NULL DEFAULT '',
    lease_until float8,
    attempts int NOT NULL,
    wake_at float8,
    unread int NOT NULL DEFAULT 0,
    created_at float8 NOT NULL,
    updated_at float8 NOT NULL
) WITH (fillfactor = 70);
COMMENT ON COLUMN {schema}.runs.token IS 'drawn by whoever created or claimed it: tells a lost acknowledgement from a rival';
COMMENT ON COLUMN {schema}.runs.status_before IS 'where the run stood when its driver claimed it';
COMMENT ON COLUMN {schema}.runs.unread IS 'replies in the mailbox that no commit has taken up';
CREATE INDEX runs_status ON {schema}.runs (status);
CREATE INDEX runs_wake ON {schema}.runs (wake_at) WHERE status = 'waiting';
CREATE INDEX runs_owner ON {schema}.runs (owner) WHERE owner <> '';
CREATE INDEX runs_parent ON {schema}.runs (parent_id) WHERE parent_id IS NOT NULL;

CREATE TABLE {schema}.commits (
    run_id text COLLATE "C" NOT NULL,
    first bigint NOT NULL,
    last bigint NOT NULL,
    epoch bigint NOT NULL,
    at float8 NOT NULL,
    version int NOT NULL,
    records text NOT NULL,
    PRIMARY KEY (run_id, first)
);

CREATE TABLE {schema}.mail (
    run_id text COLLATE "C" NOT NULL,
    pause_id text COLLATE "C" NOT NULL,
    at float8 NOT NULL,
    reply text,
    is_read boolean NOT NULL,
    PRIMARY KEY (run_id, pause_id)
);
COMMENT ON COLUMN {schema}.mail.reply IS 'NULL where a commit had replied before anything was posted: a later post does not count';

CREATE TABLE {schema}.snapshots (
    run_id text COLLATE "C" NOT NULL,
    head bigint NOT NULL,
    env bytea NOT NULL,
    PRIMARY KEY (run_id, head)
);
