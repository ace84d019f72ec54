/* The access log: a line for each request, written by a thread of its own so that no reader of the
 * log can delay a client. */
#ifndef GATE_ACCESS_LOG_H
#define GATE_ACCESS_LOG_H

#include "base/diag.h"
#include "policy/policy.h"

/* What serve lets wait at most. A line of the largest head fits half of it, so that no client can
 * keep itself out of the log by the length of what it asks. */
#define ACCESS_LOG_CAPACITY (1024 * 1024)

enum access_log_format { ACCESS_LOG_CLASSIC, ACCESS_LOG_JSON };
enum access_log_which { ACCESS_LOG_ALL, ACCESS_LOG_DENIED, ACCESS_LOG_OFF };

/* What happened to one request. Slices are borrowed for the call. */
struct access_entry {
    uint64_t started_unix_ms; /* wall clock, when its head was complete */
    struct slice client;      /* "127.0.0.1:51234", or "uid=1000 pid=4242" on unix sockets */
    struct slice listener;    /* the listener's address as written */
    struct slice method;      /* raw; untrusted */
    struct slice target;      /* raw; untrusted */
    uint8_t minor;            /* HTTP/1.minor */
    const struct verdict *verdict;
    struct slice policy; /* its name in the configuration file; empty: there is none */
    bool starts;         /* the start of a stream (its end is written by another entry) */
    unsigned status;     /* sent to the client; 0 none */
    uint64_t bytes_in;   /* body bytes from the client */
    uint64_t bytes_out;  /* body bytes to the client */
    uint64_t head_us;    /* microseconds from the head's arrival to the answer's head */
    uint64_t total_us;   /* … to the end */
};

/* A log with its writer thread; opaque. */
struct access_log;

/* Starts the writer of descriptor `fd` (borrowed). NULL and `d` on error. Time zone: the caller has
 * called tzset() before the sandbox closed. `capacity` bytes (ACCESS_LOG_CAPACITY) wait at most,
 * half of them while the other half is being written; lines beyond are dropped whole and counted in
 * a line of their own on standard error once the reader is back. */
struct access_log *access_log_new(int fd, enum access_log_format format,
                                  enum access_log_which which, size_t capacity, struct diag *d);

/* Formats and queues one line. Never blocks, never tears a line; may be called by any thread. */
void access_log_write(struct access_log *log, const struct access_entry *e);

/* Whether an entry of that kind would be written at all; spares the caller the work. */
bool access_log_wants(const struct access_log *log, enum verdict_kind kind);

/* Writes what waits (for at most `wait_ms`), stops the thread, frees. */
void access_log_free(struct access_log *log, unsigned wait_ms);

/* A second of local time as lines say it: the same for all that begin in it. */
struct access_second {
    char classic[32]; /* "25/Jan/2023:15:25:12 -0500" */
    char json[24];    /* "2023-01-25T15:25:12." */
    char zone[8];     /* "-05:00" */
    uint8_t classic_len;
    uint8_t json_len;
    uint8_t zone_len;
};

struct tm;
void access_second_set(struct access_second *second, const struct tm *local);

/* Formats one line with its newline into `out`; pure, for tests. False when it did not fit (never
 * cut). */
struct buf;
bool access_log_format(enum access_log_format format, const struct access_entry *e,
                       const struct access_second *second, struct buf *out);

#endif
