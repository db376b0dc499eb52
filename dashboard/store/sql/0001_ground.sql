-- Times: `_s` is s since 1970 as the dashboard has it; `_us` is the mat's own clock, µs since its boot.
CREATE TABLE mat (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    added_s REAL NOT NULL,
    removed_s REAL,            -- no longer recorded; what it said stays
    heard_s REAL,              -- last record
    n_damaged INTEGER NOT NULL DEFAULT 0 -- messages that could not be read, each copy counted
);

-- Heard, and neither recorded nor acknowledged.
CREATE TABLE unknown_mat (
    id TEXT PRIMARY KEY,
    first_s REAL NOT NULL,
    last_s REAL NOT NULL,
    n_messages INTEGER NOT NULL
);

CREATE TABLE layout (
    hash TEXT PRIMARY KEY,     -- 16 hex digits
    info TEXT NOT NULL,        -- `layout` of `info`, JSON
    stored_s REAL NOT NULL
);

CREATE TABLE person (
    id TEXT PRIMARY KEY,       -- as the mats know them, random: never one twice
    name TEXT NOT NULL,
    created_s REAL NOT NULL
);

-- No late record brings one back.
CREATE TABLE deleted_person (
    id TEXT PRIMARY KEY,
    deleted_s REAL NOT NULL
);

-- Who is on which mat, and which version the mat last said to hold.
CREATE TABLE enrolment (
    mat TEXT NOT NULL REFERENCES mat,
    person TEXT NOT NULL REFERENCES person ON DELETE CASCADE,
    version INTEGER,           -- null: never confirmed
    confirmed_s REAL,
    PRIMARY KEY (mat, person)
);

CREATE TABLE profile (
    person TEXT NOT NULL REFERENCES person ON DELETE CASCADE,
    version INTEGER NOT NULL,
    body TEXT NOT NULL,        -- fields of docs/safety.md, JSON
    who TEXT NOT NULL,
    why TEXT NOT NULL,
    made_s REAL NOT NULL,
    PRIMARY KEY (person, version)
);

-- A log of a mat: what is known of it as a whole.
CREATE TABLE log (
    key INTEGER PRIMARY KEY,
    mat TEXT NOT NULL REFERENCES mat,
    log_id TEXT NOT NULL,      -- 16 hex digits
    next_seq INTEGER NOT NULL, -- all below is here, or recorded as lost
    wanting INTEGER NOT NULL,  -- 1: each ack says from where to send again
    forked INTEGER NOT NULL,   -- 1: each ack says that the mat is to begin another
    heard INTEGER NOT NULL,    -- rises with each batch: the log that sent last has the highest
    UNIQUE (mat, log_id)
);

-- Each number of a log that came, with its sum; what it said is where its kind belongs.
CREATE TABLE record (
    key INTEGER PRIMARY KEY,
    log INTEGER NOT NULL REFERENCES log,
    seq INTEGER NOT NULL,
    crc32 INTEGER NOT NULL,
    kind INTEGER NOT NULL,     -- as on the wire
    standing INTEGER NOT NULL, -- 0 kept, 1 a copy of one that was here, 2 beside: another history, 3 a copy beside
    was_log TEXT,              -- where it stood first, if elsewhere
    was_seq INTEGER,
    was_crc INTEGER,
    body BLOB,                 -- null: its content has a table of its own, or is a copy
    UNIQUE (log, seq, crc32)
);
CREATE INDEX record_was ON record (was_log, was_seq, was_crc) WHERE was_log IS NOT NULL;

-- Numbers that nobody has any more, both ends included.
CREATE TABLE lost (
    log INTEGER NOT NULL REFERENCES log,
    from_seq INTEGER NOT NULL,
    to_seq INTEGER NOT NULL,
    cause TEXT NOT NULL,       -- gap: no room on the mat · gone: it begins later · copy: of a gap that is counted elsewhere · beside: of another history
    heard_s REAL NOT NULL,
    PRIMARY KEY (log, from_seq, to_seq)
);

CREATE TABLE damaged (
    key INTEGER PRIMARY KEY,
    mat TEXT NOT NULL REFERENCES mat,
    digest INTEGER NOT NULL,   -- the same for each copy of one
    n_times INTEGER NOT NULL,
    heard_s REAL NOT NULL,
    why TEXT NOT NULL,
    payload BLOB NOT NULL,
    UNIQUE (mat, digest)
);

-- A start of a mat: the clock that everything of it is told on.
CREATE TABLE boot (
    key INTEGER PRIMARY KEY,
    mat TEXT NOT NULL REFERENCES mat,
    boot_id TEXT NOT NULL,     -- 16 hex digits
    begin_us INTEGER,          -- first and last that is known of it
    end_us INTEGER,
    clock TEXT,                -- the newest record of kind `clock`, JSON
    UNIQUE (mat, boot_id)
);

CREATE TABLE session (
    key INTEGER PRIMARY KEY,
    boot INTEGER NOT NULL REFERENCES boot,
    id TEXT NOT NULL,          -- 32 hex digits, of the mat
    person TEXT REFERENCES person, -- null: unassigned
    person_said TEXT,          -- as the mat has it
    begun_by TEXT,             -- null: only chunks have come
    ended_by TEXT,             -- null: it runs, or its end has not come
    begin_us INTEGER,
    end_us INTEGER,            -- last frame that is known
    begin_earliest_s REAL,     -- true time, the same where it is known exactly
    begin_latest_s REAL,
    routines TEXT,             -- JSON
    whole INTEGER NOT NULL,    -- 1: all up to its end is here or lost
    end_log INTEGER REFERENCES log, -- where the mat told of its end
    end_seq INTEGER,
    stale INTEGER NOT NULL,    -- 1: something came since its figures were made; 2: they cannot be
    summary TEXT,              -- JSON of `core.sessions.Summary`
    formulas INTEGER,          -- version of its figures
    n_lost INTEGER,            -- frames that are missing
    UNIQUE (boot, id)
);
CREATE INDEX session_stale ON session (stale) WHERE stale = 1;
CREATE INDEX session_person ON session (person, begin_latest_s);

CREATE TABLE deleted_session (
    boot INTEGER NOT NULL REFERENCES boot,
    id TEXT NOT NULL,
    begin_us INTEGER,          -- what was told from then on is not kept; null: not known
    end_us INTEGER,            -- up to here; null: it ran
    PRIMARY KEY (boot, id)
);

-- Frames: of a second as they came, of a longer stretch once compacted (core.chunk).
CREATE TABLE chunk (
    key INTEGER PRIMARY KEY,
    boot INTEGER NOT NULL REFERENCES boot,
    session INTEGER REFERENCES session ON DELETE CASCADE, -- null: outside of one
    t_us INTEGER NOT NULL,     -- first frame
    n_frames INTEGER NOT NULL,
    body BLOB NOT NULL
);
CREATE INDEX chunk_session ON chunk (session, t_us);
CREATE INDEX chunk_outside ON chunk (boot, t_us) WHERE session IS NULL;

CREATE TABLE event (
    key INTEGER PRIMARY KEY,
    boot INTEGER NOT NULL REFERENCES boot,
    session INTEGER REFERENCES session ON DELETE CASCADE,
    t_us INTEGER NOT NULL,
    kind TEXT NOT NULL,
    rule TEXT NOT NULL,
    zone TEXT,
    priority TEXT NOT NULL,
    state TEXT NOT NULL,
    value_kpa REAL,
    limit_kpa REAL,
    profile_version INTEGER NOT NULL,
    instruction TEXT NOT NULL,
    reason TEXT NOT NULL
);
CREATE INDEX event_boot ON event (boot, t_us);
CREATE INDEX event_session ON event (session, t_us);

-- Of a whole session; columns as `core.zone_figures.ZoneFigures`.
CREATE TABLE zone_summary (
    session INTEGER NOT NULL REFERENCES session ON DELETE CASCADE,
    zone TEXT NOT NULL,
    max_force_n REAL,
    mean_force_n REAL,
    max_pressure_kpa REAL,
    mean_pressure_kpa REAL,
    max_peak_est_kpa REAL,
    fti_n_s REAL NOT NULL,
    pti_kpa_s REAL NOT NULL,
    dose_kpa_s REAL NOT NULL,
    contact_s REAL NOT NULL,
    longest_contact_s REAL NOT NULL,
    loaded_s REAL NOT NULL,
    longest_loaded_s REAL NOT NULL,
    PRIMARY KEY (session, zone)
);

-- Of each zone in each minute of a session.
CREATE TABLE minute (
    session INTEGER NOT NULL REFERENCES session ON DELETE CASCADE,
    minute INTEGER NOT NULL,   -- from 0, since the session began
    zone TEXT NOT NULL,
    mean_pressure_kpa REAL,    -- while in contact
    max_peak_est_kpa REAL,
    dose_kpa_s REAL NOT NULL,
    contact_s REAL NOT NULL,
    PRIMARY KEY (session, minute, zone)
);
