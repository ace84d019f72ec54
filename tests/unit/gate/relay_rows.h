/* The relay's exchanges as rows: what each peer does, and what must come out at the other. */
#ifndef TESTS_RELAY_ROWS_H
#define TESTS_RELAY_ROWS_H

#include "fake_kernel.h"

enum { UNITS_MAX = 4 };

struct relay_row {
    const char *name;
    struct step client[CLIENTS_MAX][STEPS_MAX];
    struct step engine[ENGINES_MAX][STEPS_MAX];
    /* What each engine connection must get: whole messages. NULL: it is not dialled. Chunked bodies
     * are compared without the chunks' borders: payload, then "[end]". */
    const char *to_engine[ENGINES_MAX][UNITS_MAX];
    const char *to_client[CLIENTS_MAX];
    enum left client_left[CLIENTS_MAX];
    enum left engine_left[ENGINES_MAX];
    const char *log; /* "STATUS METHOD TARGET;" for each entry */
    struct dial dials[DIALS_TABLE];
    bool close_framed; /* the answer ends with the connection: a cut must be a reset */
    bool timed;  /* says something about time or memory limits: not cut or run short of memory */
    bool whole;  /* the client's bytes come in one piece: it tells what else would be told */
    bool taken;  /* the engine takes what it gets in one piece: else the client is gone before */
    bool large;  /* the client gets more at once than waits for the end of a turn */
    bool others; /* another worker is still at work when this one has ended */
    unsigned max_address; /* 0: plenty */
    unsigned
        writes; /* to the first engine connection, where nothing is cut into pieces; 0: not told */
};

extern const struct relay_row relay_rows[];
extern const size_t relay_nrows;

#endif
