/* What the programs of the benchmark share: addresses, sockets, the clock, bodies to send and to
 * skip. Errors of the set-up end the program with a message; it is a tool, not a service. */
#ifndef BENCH_WIRE_H
#define BENCH_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a body is made of: bodies are whole multiples of it where they are chunked. */
#define WIRE_BLOCK (256 * 1024)

/* Ends the program with WHAT and the reason in errno. */
_Noreturn void wire_fail(const char *what);

/* Monotonic nanoseconds; CPU nanoseconds of this process. */
uint64_t wire_now_ns(void);
uint64_t wire_cpu_ns(void);

/* As many descriptors as the system lets this process have. */
void wire_raise_limits(void);

/* A listening, non-blocking socket on "tcp:PORT" (127.0.0.1) or "unix:PATH". */
int wire_listen(const char *address);

/* Connects to such an address and waits for it; the socket is non-blocking afterwards. SOURCE > 0:
 * from 127.0.0.(1 + SOURCE), so that many connections do not run out of ports. -1 on error. */
int wire_connect(const char *address, unsigned source);

/* Takes a client. -1 when there is none. */
int wire_accept(int listener);

/* A body to send: bytes from a block, again and again, then a tail. */
struct supply {
    const char *block;
    size_t size; /* of the block */
    size_t at;   /* where in the block the next byte is */
    uint64_t left;
    const char *tail;
    size_t tail_left;
};

/* NBYTES of payload; chunked: in chunks of 32 KiB, as Go programs send them (NBYTES has to be a
 * multiple of WIRE_BLOCK). */
void supply_init(struct supply *s, uint64_t nbytes, bool chunked);

/* Writes on: 1 when all is written, 0 when the peer takes no more now, -1 when it is gone. */
int supply_write(struct supply *s, int fd);

/* A body to skip. */
struct intake {
    enum { INTAKE_COUNTED, INTAKE_CHUNKED, INTAKE_CLOSE } framing;
    enum { CHUNK_SIZE, CHUNK_EXTENSION, CHUNK_DATA, CHUNK_END, CHUNK_TRAILER, CHUNK_DONE } state;
    uint64_t left;    /* of the body, or of the chunk */
    uint64_t payload; /* bytes of content so far */
    unsigned line;    /* length of a trailer line so far */
};

/* Reads the framing from a head (everything up to its empty line, NUL behind it). */
void intake_init(struct intake *in, const char *head);

/* Eats from N bytes; returns how many belong to the body. */
size_t intake_eat(struct intake *in, const char *bytes, size_t n);

/* Has the body ended? (One that ends with the connection never has.) */
bool intake_done(const struct intake *in);

/* Percentiles of many values, each off by less than 1 %. */
struct histogram {
    uint64_t count;
    uint64_t max;
    uint32_t buckets[64 * 128];
};

void histogram_add(struct histogram *h, uint64_t value);
uint64_t histogram_at(const struct histogram *h, double share);

#endif
