-- "CIQ1": tells our file from any other SQLite file.
PRAGMA application_id = 0x43495131;

CREATE TABLE settings (
    key   TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE imports (
    id    INTEGER NOT NULL PRIMARY KEY,
    label TEXT NOT NULL,
    at    TEXT NOT NULL
) STRICT;

CREATE TABLE import_datasets (
    import         INTEGER NOT NULL REFERENCES imports (id) ON DELETE CASCADE,
    dataset        TEXT NOT NULL,
    rows_new       INTEGER NOT NULL,
    rows_replaced  INTEGER NOT NULL,
    rows_unchanged INTEGER NOT NULL,
    PRIMARY KEY (import, dataset)
) STRICT, WITHOUT ROWID;

-- The manifest: which file holds a partition. Every file that is not named here is rubbish.
CREATE TABLE partitions (
    dataset     TEXT NOT NULL,
    workspace   TEXT NOT NULL,
    day         TEXT NOT NULL,
    version     INTEGER NOT NULL REFERENCES imports (id),
    file        TEXT NOT NULL UNIQUE,
    rows        INTEGER NOT NULL,
    bytes       INTEGER NOT NULL,
    blake3      TEXT NOT NULL,
    ends_micros INTEGER,
    PRIMARY KEY (dataset, workspace, day)
) STRICT, WITHOUT ROWID;

-- What was computed from one version of one partition.
CREATE TABLE cache (
    kind      TEXT NOT NULL,
    dataset   TEXT NOT NULL,
    workspace TEXT NOT NULL,
    day       TEXT NOT NULL,
    version   INTEGER NOT NULL,
    bytes     BLOB NOT NULL,
    PRIMARY KEY (kind, dataset, workspace, day)
) STRICT;

CREATE INDEX cache_by_partition ON cache (dataset, workspace, day);
