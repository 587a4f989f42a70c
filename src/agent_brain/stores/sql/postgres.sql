-- The statements of the Postgres store.
-- {schema} is the store's schema; {now} the database's clock in seconds since the epoch, read anew wherever it stands.

-- name: create_version
CREATE SCHEMA IF NOT EXISTS {schema};
CREATE TABLE IF NOT EXISTS {schema}.version (number int NOT NULL)

-- name: read_version
SELECT max(number) FROM {schema}.version

-- name: write_version
INSERT INTO {schema}.version (number) VALUES ($1)

-- name: lock_schema
SELECT pg_advisory_xact_lock(hashtext('agent-brain schema'), hashtext($1))

-- name: read_encoding
SELECT current_setting('server_encoding')

-- name: get
SELECT * FROM {schema}.runs WHERE run_id = $1

-- name: lock
SELECT * FROM {schema}.runs WHERE run_id = ANY($1) ORDER BY run_id FOR UPDATE

-- name: keep
-- A parent cannot be removed or compacted while a fork of it is made.
SELECT * FROM {schema}.runs WHERE run_id = $1 FOR KEY SHARE

-- name: create
WITH made AS (
    INSERT INTO {schema}.runs (
        run_id, net, fingerprint, goal, labels, parent_id, parent_head, status, state, head, base, epoch, owner, token,
        lease_until, attempts, wake_at, created_at, updated_at
    )
    SELECT
        $1, $2, $3, $4, $5, $6, $7::bigint, $9, $8, coalesce($7, 0) + $13::bigint, $17::bigint,
        CASE WHEN $9 = 'running' THEN 1 ELSE 0 END, $11, $12, CASE WHEN $9 = 'running' THEN clock.at + $16 END, 0,
        $10::float8, clock.at, clock.at
    FROM (SELECT {now} AS at) AS clock
    ON CONFLICT (run_id) DO NOTHING
    RETURNING run_id, head, epoch, updated_at
), added AS (
    INSERT INTO {schema}.commits (run_id, first, last, epoch, at, version, records)
    SELECT run_id, head - $13::bigint + 1, head, epoch, updated_at, $14::int, $15 FROM made WHERE $13 > 0
)
SELECT epoch FROM made

-- name: claim
WITH before AS (
    SELECT run_id, status, coalesce(lease_until, 0) < {now} AS is_over FROM {schema}.runs WHERE run_id = $1 FOR UPDATE
)
UPDATE {schema}.runs AS run SET
    status = 'running', status_before = before.status, owner = $2, token = $3, epoch = run.epoch + 1, lease_until = {now} + $5, updated_at = {now},
    attempts = run.attempts + CASE WHEN before.status = 'running' THEN 1 ELSE 0 END
FROM before
WHERE run.run_id = before.run_id
    AND CASE WHEN before.status = 'running' THEN before.is_over ELSE before.status = ANY($4) END
RETURNING run.*

-- name: append
-- $1 to $9 are what `Append.say` says. No row comes back where the lease or the head is another: nothing was written.
-- Whether mail is unread must stand in the row itself: an update that has waited for the row's lock sees its newest
-- version, but other tables as they were before the wait.
WITH moved AS (
    UPDATE {schema}.runs SET
        head = head + $5,
        state = coalesce($7, state),
        status = CASE WHEN $8 = 'waiting' AND unread > 0 THEN 'ready' ELSE coalesce($8, status) END,
        wake_at = CASE WHEN $8::text IS NULL THEN wake_at ELSE $9 END,
        attempts = CASE WHEN $8::text IS NULL THEN attempts ELSE 0 END,
        owner = CASE WHEN coalesce($8, 'running') = 'running' THEN owner ELSE '' END,
        lease_until = CASE WHEN coalesce($8, 'running') = 'running' THEN {now} + $11 END,
        updated_at = {now}
    WHERE run_id = $1 AND owner = $2 AND epoch = $3 AND head = $4 AND owner <> ''
    RETURNING updated_at
), added AS (
    INSERT INTO {schema}.commits (run_id, first, last, epoch, at, version, records)
    SELECT $1, $4::bigint + 1, $4::bigint + $5::bigint, $3, updated_at, $10::int, $6 FROM moved WHERE $5::bigint > 0
)
-- A server that does not wait for its disk does for this commit, where the call is a barrier.
SELECT CASE
    WHEN $12 AND current_setting('synchronous_commit') = 'off' THEN set_config('synchronous_commit', 'on', true)
END FROM moved

-- name: append_all
-- `append` for one row of each of many runs. A run whose row is locked is left out: nobody else waits for that lock.
WITH asked AS (
    SELECT * FROM unnest(
        $1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[], $7::text[], $8::text[], $9::float8[]
    ) AS asked (run_id, owner, epoch, head, number, records, state, status, wake_at)
), held AS (
    SELECT run_id FROM {schema}.runs WHERE run_id = ANY($1) FOR UPDATE SKIP LOCKED
), moved AS (
    UPDATE {schema}.runs AS run SET
        head = run.head + asked.number,
        state = coalesce(asked.state, run.state),
        status = CASE WHEN asked.status = 'waiting' AND run.unread > 0 THEN 'ready' ELSE coalesce(asked.status, run.status) END,
        wake_at = CASE WHEN asked.status IS NULL THEN run.wake_at ELSE asked.wake_at END,
        attempts = CASE WHEN asked.status IS NULL THEN run.attempts ELSE 0 END,
        owner = CASE WHEN coalesce(asked.status, 'running') = 'running' THEN run.owner ELSE '' END,
        lease_until = CASE WHEN coalesce(asked.status, 'running') = 'running' THEN {now} + $11 END,
        updated_at = {now}
    FROM asked JOIN held USING (run_id)
    WHERE run.run_id = asked.run_id AND run.owner = asked.owner AND run.epoch = asked.epoch AND run.head = asked.head
        AND run.owner <> '' AND run.run_id = ANY($1) -- again, so that no plan reads the whole table
    RETURNING run.run_id, run.updated_at
), added AS (
    INSERT INTO {schema}.commits (run_id, first, last, epoch, at, version, records)
    SELECT run_id, asked.head + 1, asked.head + asked.number, asked.epoch, moved.updated_at, $10::int, asked.records
    FROM asked JOIN moved USING (run_id) WHERE asked.number > 0
)
SELECT run_id, CASE
    WHEN $12 AND current_setting('synchronous_commit') = 'off' THEN set_config('synchronous_commit', 'on', true)
END FROM moved

-- name: extend
UPDATE {schema}.runs SET lease_until = {now} + $3 WHERE run_id = $1 AND epoch = $2 AND owner <> ''

-- name: read_commit
SELECT * FROM {schema}.commits WHERE run_id = $1 AND first = $2

-- name: mark_read
INSERT INTO {schema}.mail (run_id, pause_id, at, is_read)
SELECT $1, pause_id, {now}, true FROM unnest($2::text[]) AS replied (pause_id)
ON CONFLICT (run_id, pause_id) DO UPDATE SET is_read = true

-- name: post
INSERT INTO {schema}.mail (run_id, pause_id, at, reply, is_read)
SELECT $1, pause_id, {now}, reply, false FROM unnest($2::text[], $3::text[]) AS posted (pause_id, reply)
ON CONFLICT (run_id, pause_id) DO NOTHING

-- name: count_unread
UPDATE {schema}.runs AS run SET unread = letters.number
FROM (SELECT count(*) AS number FROM {schema}.mail WHERE run_id = $1 AND NOT is_read) AS letters
WHERE run.run_id = $1

-- name: wake
UPDATE {schema}.runs SET status = 'ready', updated_at = {now} WHERE run_id = $1 AND status = 'waiting' AND unread > 0

-- name: read_mail
SELECT mail.pause_id, mail.reply FROM {schema}.runs AS run
LEFT JOIN {schema}.mail ON mail.run_id = run.run_id AND NOT mail.is_read
WHERE run.run_id = $1 ORDER BY mail.at, mail.pause_id

-- name: beat
UPDATE {schema}.runs SET lease_until = {now} + $2 WHERE owner = $1 AND owner <> '' AND status = 'running'

-- name: set_status
UPDATE {schema}.runs SET
    status = CASE WHEN $2 = 'waiting' AND unread > 0 THEN 'ready' ELSE $2 END, owner = '', lease_until = NULL, updated_at = {now}
WHERE run_id = $1 AND status = ANY($3) AND NOT (status = 'running' AND coalesce(lease_until, 0) >= {now})
RETURNING run_id

-- name: find
-- The last character there is ends the range that an index can search.
SELECT run_id FROM {schema}.runs
WHERE run_id >= $1 AND run_id < $1 || U&'\+10FFFF' AND starts_with(run_id, $1) ORDER BY run_id LIMIT 10

-- name: list_runs
SELECT * FROM {schema}.runs
WHERE (cardinality($1::text[]) = 0 OR status = ANY($1)) AND ($2::float8 IS NULL OR updated_at < $2)
ORDER BY updated_at DESC, run_id LIMIT $3

-- name: list_due
SELECT * FROM {schema}.runs
WHERE status = 'ready' OR (status = 'running' AND coalesce(lease_until, 0) < {now}) OR (status = 'waiting' AND wake_at <= {now})
ORDER BY updated_at, run_id LIMIT $1

-- name: list_children
SELECT * FROM {schema}.runs WHERE parent_id = $1 ORDER BY created_at, run_id

-- name: read_line
-- A run and those it goes back to, oldest first, with the last record that is read of each.
WITH RECURSIVE line AS (
    SELECT run_id, parent_id, parent_head, base, head AS high, 0 AS depth FROM {schema}.runs WHERE run_id = $1
    UNION ALL
    SELECT run.run_id, run.parent_id, run.parent_head, run.base, least(line.high, line.parent_head), line.depth + 1
    FROM line JOIN {schema}.runs AS run ON run.run_id = line.parent_id
)
SELECT run_id, greatest(coalesce(parent_head, 0), base) AS low, high, base FROM line ORDER BY depth DESC

-- name: read
-- Commits from the one that holds record $4 on.
SELECT found.* FROM unnest($1::text[], $2::bigint[]) AS part (run_id, high)
CROSS JOIN LATERAL (
    SELECT * FROM {schema}.commits AS given
    WHERE given.run_id = part.run_id AND given.first <= part.high AND given.first >= coalesce(
        (SELECT max(holder.first) FROM {schema}.commits AS holder
         WHERE holder.run_id = part.run_id AND holder.first <= $4), 0)
    ORDER BY given.first LIMIT $3
) AS found
ORDER BY found.first LIMIT $3

-- name: put_snapshot
INSERT INTO {schema}.snapshots (run_id, head, env) VALUES ($1, $2, $3)
ON CONFLICT (run_id, head) DO UPDATE SET env = excluded.env

-- name: read_snapshot
SELECT run_id, head, env FROM {schema}.snapshots AS given
JOIN unnest($1::text[], $2::bigint[]) AS part (run_id, high) USING (run_id)
WHERE given.head <= part.high ORDER BY head DESC LIMIT 1

-- name: find_forks
SELECT run_id, parent_id FROM {schema}.runs WHERE parent_id = ANY($1) AND run_id <> ALL($1) ORDER BY parent_id, run_id

-- name: delete_commits
DELETE FROM {schema}.commits WHERE run_id = ANY($1)

-- name: delete_mail
DELETE FROM {schema}.mail WHERE run_id = ANY($1)

-- name: delete_snapshots
DELETE FROM {schema}.snapshots WHERE run_id = ANY($1)

-- name: delete_runs
DELETE FROM {schema}.runs WHERE run_id = ANY($1)

-- name: compact
UPDATE {schema}.runs SET base = head, parent_id = NULL, parent_head = NULL, updated_at = {now} WHERE run_id = $1

-- name: restore
INSERT INTO {schema}.runs (
    run_id, net, fingerprint, goal, labels, status, state, head, base, epoch, attempts, wake_at, created_at, updated_at,
    owner, token
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, '', $15)
ON CONFLICT (run_id) DO NOTHING
RETURNING run_id

-- name: restore_commits
INSERT INTO {schema}.commits (run_id, first, last, epoch, at, version, records)
SELECT $1, given.* FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::float8[], $6::int[], $7::text[]) AS given

-- name: now
SELECT {now}

-- name: notify
SELECT pg_notify($1, $2)
