-- Who may sign in.
CREATE TABLE account (
    id TEXT PRIMARY KEY,       -- random
    login TEXT NOT NULL UNIQUE, -- folded: what is typed to sign in
    name TEXT NOT NULL,
    role TEXT NOT NULL,        -- owner, clinician, caregiver, person
    person TEXT REFERENCES person ON DELETE SET NULL, -- whose account it is, if somebody's on a mat
    password TEXT,             -- argon2id; null: no sign-in with a password
    made_s REAL NOT NULL,
    disabled_s REAL            -- null: may sign in
);
CREATE UNIQUE INDEX account_person ON account (person) WHERE person IS NOT NULL;

-- A browser that is signed in. Of its secret only the digest is here.
CREATE TABLE sign_in (
    digest BLOB PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,   -- to speak of it; lets nobody in
    account TEXT NOT NULL REFERENCES account ON DELETE CASCADE,
    begun_s REAL NOT NULL,
    used_s REAL NOT NULL,
    idle_s REAL NOT NULL,      -- ends when unused for so long
    until_s REAL NOT NULL,     -- ends then whatever is done
    address TEXT NOT NULL,
    browser TEXT NOT NULL
);
CREATE INDEX sign_in_account ON sign_in (account);

-- A link that makes one account, or gives one a new password.
CREATE TABLE invitation (
    digest BLOB PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    person TEXT REFERENCES person ON DELETE CASCADE,
    consent TEXT,              -- how that person agreed to be seen; null: their own account, or nobody's
    account TEXT REFERENCES account ON DELETE CASCADE, -- one that is there: a new password
    made_by TEXT,              -- account; null: a command of the operator
    made_s REAL NOT NULL,
    until_s REAL NOT NULL
);

-- Somebody lets an account see what is theirs.
CREATE TABLE share (
    id TEXT PRIMARY KEY,
    person TEXT NOT NULL REFERENCES person ON DELETE CASCADE,
    account TEXT NOT NULL REFERENCES account ON DELETE CASCADE,
    consent TEXT NOT NULL,     -- how the person agreed
    given_by TEXT,             -- account; null: a command of the operator
    given_s REAL NOT NULL,
    ended_s REAL,              -- null: it holds
    ended_by TEXT
);
CREATE UNIQUE INDEX share_holding ON share (person, account) WHERE ended_s IS NULL;

-- Who read what is somebody else's, and who changed accounts, roles, shares, limits. Never changed.
CREATE TABLE audit (
    key INTEGER PRIMARY KEY,
    at_s REAL NOT NULL,
    account TEXT,              -- null: a command of the operator, or nobody signed in
    did TEXT NOT NULL,
    about_account TEXT,
    person TEXT,
    mat TEXT,
    detail TEXT NOT NULL,      -- plain words; no secret, nothing measured
    address TEXT NOT NULL      -- empty: a command of the operator
);
CREATE INDEX audit_person ON audit (person, key) WHERE person IS NOT NULL;
