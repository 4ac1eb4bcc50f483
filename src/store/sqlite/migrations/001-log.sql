-- "aedv": tells this file from another program's database.
PRAGMA application_id = 1634034806;

-- The truth. One row per event; data is the canonical JSON text that was hashed.
CREATE TABLE events (
  seq       INTEGER PRIMARY KEY,
  stream    TEXT    NOT NULL,
  version   INTEGER NOT NULL,
  type      TEXT    NOT NULL,
  schema    INTEGER NOT NULL,
  time      TEXT    NOT NULL,
  actor     TEXT    NOT NULL,
  causation TEXT    NOT NULL,
  data      TEXT    NOT NULL,
  prev      TEXT    NOT NULL,
  hash      TEXT    NOT NULL,
  UNIQUE (stream, version)
) STRICT;

CREATE TRIGGER events_no_update BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;

CREATE TRIGGER events_no_delete BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;

-- Also stops INSERT OR REPLACE, which deletes without firing a delete trigger.
CREATE TRIGGER events_in_order BEFORE INSERT ON events
WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM events)
BEGIN SELECT RAISE(ABORT, 'events are appended in order'); END;

-- Derived from the log, written in the same transactions, rebuilt to the same bytes.
CREATE TABLE states (
  stream  TEXT    PRIMARY KEY,
  version INTEGER NOT NULL,
  state   TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE views (
  kind TEXT NOT NULL,
  key  TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE timers (
  stream TEXT PRIMARY KEY,
  at     TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The queue. Ended moves stay, so that no key is ever queued twice.
CREATE TABLE moves (
  id          INTEGER PRIMARY KEY,
  key         TEXT    NOT NULL UNIQUE,
  stream      TEXT    NOT NULL,
  kind        TEXT    NOT NULL,
  "partition" TEXT    NOT NULL,
  recovery    TEXT    NOT NULL CHECK (recovery IN ('adopt', 'lost')),
  input       TEXT    NOT NULL,
  not_before  TEXT    NOT NULL,
  deadline_ms INTEGER NOT NULL,
  status      TEXT    NOT NULL CHECK (status IN ('queued', 'started', 'done', 'cancelled')),
  started_by  TEXT
) STRICT;

CREATE INDEX moves_open ON moves (id) WHERE status IN ('queued', 'started');

CREATE TABLE receipts (
  command TEXT PRIMARY KEY,
  body    TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- One row: the newest seq whose signed head is known to have reached the disk.
CREATE TABLE signed (
  id  INTEGER PRIMARY KEY CHECK (id = 1),
  seq INTEGER NOT NULL
) STRICT;

INSERT INTO signed (id, seq) VALUES (1, 0);
