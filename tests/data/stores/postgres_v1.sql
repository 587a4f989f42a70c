CREATE SCHEMA kept_1;
CREATE TABLE kept_1.commits (
    run_id text NOT NULL COLLATE pg_catalog."C",
    first bigint NOT NULL,
    last bigint NOT NULL,
    epoch bigint NOT NULL,
    at double precision NOT NULL,
    version integer NOT NULL,
    records text NOT NULL
);
CREATE TABLE kept_1.mail (
    run_id text NOT NULL COLLATE pg_catalog."C",
    pause_id text NOT NULL COLLATE pg_catalog."C",
    at double precision NOT NULL,
    reply text,
    is_read boolean NOT NULL
);
COMMENT ON COLUMN kept_1.mail.reply IS 'NULL where a commit had replied before anything was posted: a later post does not count';
CREATE TABLE kept_1.runs (
    run_id text NOT NULL COLLATE pg_catalog."C",
    net text NOT NULL,
    fingerprint text NOT NULL,
    goal text NOT NULL,
    labels text NOT NULL,
    parent_id text COLLATE pg_catalog."C",
    parent_head bigint,
    status text NOT NULL,
    state text NOT NULL,
    head bigint NOT NULL,
    base bigint NOT NULL,
    epoch bigint NOT NULL,
    owner text NOT NULL,
    token text NOT NULL,
    status_before text DEFAULT ''::text NOT NULL,
    lease_until double precision,
    attempts integer NOT NULL,
    wake_at double precision,
    unread integer DEFAULT 0 NOT NULL,
    created_at double precision NOT NULL,
    updated_at double precision NOT NULL
)
WITH (fillfactor='70');
COMMENT ON COLUMN kept_1.runs.token IS 'drawn by whoever created or claimed it: tells a lost acknowledgement from a rival';
COMMENT ON COLUMN kept_1.runs.status_before IS 'where the run stood when its driver claimed it';
COMMENT ON COLUMN kept_1.runs.unread IS 'replies in the mailbox that no commit has taken up';
CREATE TABLE kept_1.snapshots (
    run_id text NOT NULL COLLATE pg_catalog."C",
    head bigint NOT NULL,
    env bytea NOT NULL
);
CREATE TABLE kept_1.version (
    number integer NOT NULL
);
INSERT INTO kept_1.commits VALUES ('run', 1, 2, 1, 1795264321.805572, 1, '[{"k":"SlotPut","slot":"note","text":"a"},{"k":"SlotPut","slot":"note","text":"b"}]');
INSERT INTO kept_1.commits VALUES ('run', 3, 3, 1, 1795264321.813159, 1, '[{"k":"ActionStarted","action_id":"run:1","action":{"name":"add","args":{"a":NaN,"b":"\u0000"}},"state":"action"}]');
INSERT INTO kept_1.commits VALUES ('run', 4, 5, 1, 1795264321.817529, 1, '[{"k":"ActionFinished","action_id":"run:1","outcome":{"text":"5"}},{"k":"Replied","pause_id":"p1","reply":"yes"}]');
INSERT INTO kept_1.commits VALUES ('fork', 5, 5, 0, 1795264321.820726, 1, '[{"k":"SlotPut","slot":"note","text":"X"}]');
INSERT INTO kept_1.mail VALUES ('run', 'p2', 1795264321.81536, 'null', false);
INSERT INTO kept_1.mail VALUES ('run', 'p1', 1795264321.815244, '"yes"', true);
INSERT INTO kept_1.runs VALUES ('run', 'react', 'f00d', 'What is 2 + 3?\u0000', '{"cell":3}', NULL, NULL, 'ready', 'asking', 5, 0, 1, '', 'b344a962de2db1e8', '', NULL, 0, NULL, 1, 1795264321.805572, 1795264321.817529);
INSERT INTO kept_1.runs VALUES ('fork', 'react', 'f00d', 'What is 2 + 3?', '{}', 'run', 4, 'answered', 'end', 5, 0, 0, '', '7df440cbcd2e6fc6', '', NULL, 0, NULL, 0, 1795264321.820726, 1795264321.820726);
INSERT INTO kept_1.snapshots VALUES ('run', 3, '\x00656e76');
INSERT INTO kept_1.version VALUES (1);
ALTER TABLE ONLY kept_1.commits
    ADD CONSTRAINT commits_pkey PRIMARY KEY (run_id, first);
ALTER TABLE ONLY kept_1.mail
    ADD CONSTRAINT mail_pkey PRIMARY KEY (run_id, pause_id);
ALTER TABLE ONLY kept_1.runs
    ADD CONSTRAINT runs_pkey PRIMARY KEY (run_id);
ALTER TABLE ONLY kept_1.snapshots
    ADD CONSTRAINT snapshots_pkey PRIMARY KEY (run_id, head);
CREATE INDEX runs_owner ON kept_1.runs USING btree (owner) WHERE (owner <> ''::text);
CREATE INDEX runs_parent ON kept_1.runs USING btree (parent_id) WHERE (parent_id IS NOT NULL);
CREATE INDEX runs_status ON kept_1.runs USING btree (status);
CREATE INDEX runs_wake ON kept_1.runs USING btree (wake_at) WHERE (status = 'waiting'::text);
