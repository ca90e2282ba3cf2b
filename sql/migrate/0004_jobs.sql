-- SPDX-License-Identifier: Apache-2.0
-- Who asks, and what they asked to be done: the jobs of UWS 1.1, of all job lists.

CREATE SCHEMA auth;
CREATE SCHEMA uws;

-- User names change with the way to log in; jobs refer to the number.
CREATE TABLE auth.principal (
    principal   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    issuer      text NOT NULL,   -- who vouches: basic:REALM, an OIDC issuer
    subject     text NOT NULL,   -- the issuer's name of the user, which never changes
    display     text NOT NULL,
    first_seen  timestamptz NOT NULL DEFAULT now(),
    UNIQUE (issuer, subject)
);

-- One row: what all processes on all hosts must agree upon.
CREATE TABLE uws.control (
    one         boolean PRIMARY KEY DEFAULT true CHECK (one),
    -- Stands in the marker file of store_dir: a host without the right store refuses work.
    store_id    text NOT NULL DEFAULT replace(gen_random_uuid()::text, '-', ''),
    -- It was made once; a marker that is missing is a file system that is not mounted.
    store_made  boolean NOT NULL DEFAULT false,
    -- No new jobs and no starts; what runs or waits goes on.
    draining    boolean NOT NULL DEFAULT false
);
INSERT INTO uws.control DEFAULT VALUES;

CREATE TABLE uws.job (
    job_id              text PRIMARY KEY,      -- 128 random bits: who knows it may see an anonymous job
    job_list            text NOT NULL,         -- tap, or the kind of a job server
    owner               bigint REFERENCES auth.principal,
    client              text NOT NULL,         -- whom limits count: the owner, or an address
    run_id              text,
    phase               text NOT NULL CHECK (phase IN ('PENDING', 'QUEUED', 'EXECUTING', 'COMPLETED',
                            'ERROR', 'UNKNOWN', 'HELD', 'SUSPENDED', 'ABORTED', 'ARCHIVED')),
    -- Milliseconds, as documents show them: AFTER compares with what a client has read.
    creation_time       timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
    turn                timestamptz,           -- place in the queue, set when the job enters it
    not_before          timestamptz,           -- of a job that went back to the queue
    start_time          timestamptz,
    end_time            timestamptz,
    execution_duration  integer NOT NULL CHECK (execution_duration >= 0),  -- seconds; 0: no limit
    destruction         timestamptz(3) NOT NULL,
    -- Raised by each claim. Whoever works on the job says it in every write, so that a worker that
    -- slept beyond its lease can change nothing.
    attempt             integer NOT NULL DEFAULT 0,
    worker              text,
    lease_until         timestamptz,
    losses              integer NOT NULL DEFAULT 0,  -- attempts that ended without a word
    progress_rows       bigint,
    progress_bytes      bigint,
    error_code          text,                  -- a word of the table in common/base/error.cc
    error_message       text
);
CREATE INDEX job_list_of_owner ON uws.job (owner, job_list, creation_time, job_id) INCLUDE (phase)
    WHERE owner IS NOT NULL;
CREATE INDEX job_turn ON uws.job (job_list, turn) WHERE phase = 'QUEUED';
CREATE INDEX job_turn_of_client ON uws.job (job_list, client, turn) WHERE phase = 'QUEUED';
CREATE INDEX job_pending ON uws.job (job_list, client) WHERE phase = 'PENDING';
CREATE INDEX job_running ON uws.job (lease_until) WHERE phase = 'EXECUTING';
CREATE INDEX job_destruction ON uws.job (destruction);
CREATE INDEX job_ended ON uws.job (job_list, end_time) WHERE phase = 'COMPLETED';

CREATE TABLE uws.parameter (
    job_id        text NOT NULL REFERENCES uws.job ON DELETE CASCADE,
    position      integer NOT NULL,
    name          text NOT NULL,
    value         text NOT NULL,               -- of a file: the name that the client gave it
    file          text,                        -- below store_dir
    content_type  text,
    size_bytes    bigint,
    PRIMARY KEY (job_id, position)
);

CREATE TABLE uws.result (
    job_id        text NOT NULL REFERENCES uws.job ON DELETE CASCADE,
    position      integer NOT NULL,
    result_id     text NOT NULL,
    file          text NOT NULL,               -- below store_dir
    content_type  text NOT NULL,
    extension     text NOT NULL,
    size_bytes    bigint NOT NULL,
    PRIMARY KEY (job_id, position),
    UNIQUE (job_id, result_id)
);

-- Who works; for `vogate doctor` and `vogate jobs`.
CREATE TABLE uws.worker (
    worker      text PRIMARY KEY,
    job_list    text NOT NULL,
    slots       integer NOT NULL,
    started     timestamptz NOT NULL DEFAULT now(),
    seen        timestamptz NOT NULL DEFAULT now()
);
