-- What memories keep across runs. An archive is one memory's entries under one name; several share a file.

CREATE TABLE entries (
    number INTEGER PRIMARY KEY,  -- the order in which ids came
    archive TEXT NOT NULL,
    id TEXT NOT NULL,
    text TEXT NOT NULL,
    data TEXT NOT NULL,          -- JSON
    UNIQUE (archive, id)
);

-- What has been written already: a step that is made again writes nothing twice.
CREATE TABLE events (
    archive TEXT NOT NULL,
    event TEXT NOT NULL,
    PRIMARY KEY (archive, event)
) WITHOUT ROWID;
