/* A scripted kernel for the relay's tests: sockets without sockets. The gate's system calls are
 * wrapped at link time; what its peers send, take and break off comes from scripts, cut into pieces
 * of any size. Edges are reported as epoll reports them, once. */
#ifndef TESTS_FAKE_KERNEL_H
#define TESTS_FAKE_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum play {
    PLAY_STOP,     /* the script is over, the connection stays */
    PLAY_SEND,     /* send `text` */
    PLAY_WAIT,     /* until `text` has arrived behind what was waited for before */
    PLAY_WAIT_END, /* until the gate's end has arrived */
    PLAY_PAUSE,    /* `len` milliseconds */
    PLAY_END,      /* half-close */
    PLAY_CLOSE,    /* gone in both directions, as a unix socket shows it */
    PLAY_RESET,
    PLAY_TERM, /* the gate is told to end in order */
    PLAY_FULL, /* takes nothing until PLAY_TAKE */
    PLAY_TAKE,
};

struct step {
    enum play play;
    const char *text;
    size_t len;
};

#define SEND(literal)                                                                              \
    {                                                                                              \
        PLAY_SEND, "" literal, sizeof(literal) - 1                                                 \
    }
#define WAIT(literal)                                                                              \
    {                                                                                              \
        PLAY_WAIT, "" literal, sizeof(literal) - 1                                                 \
    }
#define PAUSE(ms)                                                                                  \
    {                                                                                              \
        PLAY_PAUSE, NULL, ms                                                                       \
    }
#define WAIT_END                                                                                   \
    {                                                                                              \
        PLAY_WAIT_END, NULL, 0                                                                     \
    }
#define END                                                                                        \
    {                                                                                              \
        PLAY_END, NULL, 0                                                                          \
    }
#define CLOSE                                                                                      \
    {                                                                                              \
        PLAY_CLOSE, NULL, 0                                                                        \
    }
#define RESET                                                                                      \
    {                                                                                              \
        PLAY_RESET, NULL, 0                                                                        \
    }
#define TERM                                                                                       \
    {                                                                                              \
        PLAY_TERM, NULL, 0                                                                         \
    }
#define FULL                                                                                       \
    {                                                                                              \
        PLAY_FULL, NULL, 0                                                                         \
    }
#define TAKE                                                                                       \
    {                                                                                              \
        PLAY_TAKE, NULL, 0                                                                         \
    }

enum {
    STEPS_MAX = 12,
    CLIENTS_MAX = 2,
    ENGINES_MAX = 3,
    PEERS_MAX = CLIENTS_MAX + ENGINES_MAX,
    DIALS_TABLE = 4,
    GOT_MAX = 16384,
};

/* What becomes of one dial; beyond the table it succeeds while there is a script for it and is
 * refused after that. */
struct dial {
    int now;   /* errno of connect, EINPROGRESS included; 0: connected */
    int later; /* of a connection under way: its outcome */
};

/* How the gate left a peer. */
enum left { LEFT_OPEN, LEFT_HALF, LEFT_CLOSED, LEFT_RESET };

/* Breaks a peer's script off after so many bytes. */
struct cut {
    int peer; /* -1: none; clients first, then engines in the order of their dialling */
    size_t after;
    bool received; /* counted by what the peer has got, else by what it has sent */
    enum play how; /* PLAY_END, PLAY_CLOSE or PLAY_RESET */
};

struct kernel_plan {
    const struct step *client[CLIENTS_MAX];
    const struct step *engine[ENGINES_MAX];
    const struct dial *dials;
    size_t piece[PEERS_MAX]; /* bytes that arrive, or are taken, at once */
    struct cut cut;
    bool crowded;        /* behind the events of each turn comes one that is nobody's, and a peer's
                          * end comes in one event with what it has sent before */
    unsigned fail_alloc; /* the n-th allocation fails (from 1); 0: none */
    void (*quiet)(void); /* nothing moves any more: called once */
    void (*term)(void);  /* PLAY_TERM */
};

struct kernel_peer {
    char got[GOT_MAX]; /* what the gate wrote */
    size_t ngot;
    unsigned nwrites; /* that it took bytes of */
    unsigned early;   /* new bytes written before nobody's event was told, so often */
    enum left left;
    bool used;
};

extern struct kernel_peer kernel_peers[PEERS_MAX];

/* Counters of one run. */
extern unsigned kernel_turns;  /* waits */
extern unsigned kernel_calls;  /* reads and writes */
extern unsigned kernel_allocs; /* allocations tried */
extern long kernel_live;       /* allocated and not freed */
extern bool kernel_spun;       /* it turned for ever */
extern bool kernel_open;       /* a descriptor was left open */
extern uint64_t kernel_now_us;

enum { KERNEL_LISTENER = 1000 };

void kernel_start(const struct kernel_plan *plan);
void kernel_stop(void);

#endif
