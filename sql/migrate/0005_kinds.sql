-- SPDX-License-Identifier: Apache-2.0
-- Kinds of jobs, who runs them, and the files that jobs use and make.

-- A description as it was when a job was made or run; rows never change.
CREATE TABLE uws.kind (
    kind         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name         text NOT NULL,
    version      text NOT NULL,
    digest       text NOT NULL,   -- SHA-256 of the description
    description  text NOT NULL,   -- the file, as it was
    first_seen   timestamptz NOT NULL DEFAULT now(),
    UNIQUE (name, digest)
);

-- Bytes, once each. A row goes with the last entity that has them.
CREATE TABLE uws.content (
    sha256      text PRIMARY KEY CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    size_bytes  bigint NOT NULL,
    file        text NOT NULL UNIQUE,               -- below store_dir
    -- Changed by everybody who brings the bytes again, so that who removes them sees it.
    seen        timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- A file that a job used or made. It outlives the jobs that name it.
CREATE TABLE uws.entity (
    entity_id      text PRIMARY KEY,                -- 128 random bits: who knows it may see an anonymous one
    sha256         text NOT NULL REFERENCES uws.content,
    name           text NOT NULL,                   -- for people
    content_type   text NOT NULL,
    extension      text NOT NULL,
    owner          bigint REFERENCES auth.principal,
    client         text NOT NULL,                   -- whom quotas count
    origin         text NOT NULL CHECK (origin IN ('upload', 'url', 'did', 'result')),
    location       text,                            -- the URL or obs_publisher_did that it came from
    generated_by   text,                            -- a job, which may be gone
    role           text,                            -- the result it was there
    creation_time  timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
    destruction    timestamptz(3) NOT NULL
);
CREATE INDEX entity_of_owner ON uws.entity (owner, creation_time, entity_id) WHERE owner IS NOT NULL;
CREATE INDEX entity_of_client ON uws.entity (client);
CREATE INDEX entity_content ON uws.entity (sha256);
CREATE INDEX entity_destruction ON uws.entity (destruction);
CREATE INDEX entity_generated_by ON uws.entity (generated_by) WHERE generated_by IS NOT NULL;

-- What a job read, whether it is there yet or not.
CREATE TABLE uws.used (
    entity_id  text NOT NULL REFERENCES uws.entity ON DELETE CASCADE,
    job_id     text NOT NULL,
    role       text NOT NULL,                       -- the input
    PRIMARY KEY (entity_id, job_id, role)
);
CREATE INDEX used_by_job ON uws.used (job_id);

-- Which workers may claim the job: tap, or an executor of kinds. Lists are for clients, queues for workers.
ALTER TABLE uws.job
    ADD COLUMN queue text NOT NULL DEFAULT 'tap',
    ADD COLUMN kind bigint REFERENCES uws.kind,
    ADD COLUMN progress_percent real,
    ADD COLUMN progress_words text;
ALTER TABLE uws.job ALTER COLUMN queue DROP DEFAULT;
ALTER TABLE uws.worker RENAME COLUMN job_list TO queue;
ALTER TABLE uws.worker DROP CONSTRAINT worker_pkey, ADD PRIMARY KEY (worker, queue);

DROP INDEX uws.job_turn, uws.job_turn_of_client, uws.job_pending;
CREATE INDEX job_turn ON uws.job (queue, turn) WHERE phase = 'QUEUED';
CREATE INDEX job_turn_of_client ON uws.job (queue, client, turn) WHERE phase = 'QUEUED';
CREATE INDEX job_pending ON uws.job (queue, client) WHERE phase = 'PENDING';

ALTER TABLE uws.parameter ADD COLUMN entity_id text REFERENCES uws.entity;
ALTER TABLE uws.result ADD COLUMN entity_id text REFERENCES uws.entity;
CREATE INDEX parameter_entity ON uws.parameter (entity_id) WHERE entity_id IS NOT NULL;
CREATE INDEX result_entity ON uws.result (entity_id) WHERE entity_id IS NOT NULL;
