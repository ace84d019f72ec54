/* Look-ups: what the gate itself asks the engine, beside the exchanges of its clients. On the
 * worker's loop, by its pool of engine connections, and read by the same readers of HTTP. */
#ifndef GATE_LOOKUP_H
#define GATE_LOOKUP_H

#include "base/slice.h"

struct worker;

/* One GET and its answer; heap, of the worker that began it. */
struct lookup;

/* Told once, with the answer's status and its whole body, borrowed for the call. Status 0: there is
 * no answer to go by, since the engine can't be reached, did not answer within LIMIT_LOOKUP_MS,
 * answered what is no HTTP, or with more than `body_max` bytes. The look-up is gone by then. */
typedef void lookup_done(void *context, unsigned status, struct slice body);

/* Asks the engine for `target`, copied: origin-form, whatever it holds of a client's text encoded,
 * at most LIMIT_TARGET bytes. `done` is called later, from a turn of the worker's loop and never
 * from here; only on the worker's thread. NULL: no memory, LIMIT_LOOKUPS are under way, or it is no
 * target; `done` is not called then. A worker that ends cancels what is left. */
struct lookup *lookup_begin(struct worker *w, struct slice target, size_t body_max,
                            lookup_done *done, void *context);

/* Told each part of an answer's body as it comes, and before the first an empty one, as soon as the
 * answer has begun. Borrowed. False ends it with status 0. May not cancel the look-up. */
typedef bool lookup_piece(void *context, unsigned status, struct slice body);

/* The same as lookup_begin, of any length: the body goes to `piece`, `done` gets none. `endless`:
 * an answer that has begun may take as long as it likes. */
struct lookup *lookup_stream(struct worker *w, struct slice target, bool endless,
                             lookup_piece *piece, lookup_done *done, void *context);

/* `done` is not called any more. Not from within `done`. */
void lookup_cancel(struct lookup *l);

/* The worker's: it moves on with what its engine connection brings. */
void lookup_run(struct lookup *l);

/* Tells those that could not even begin, and goes on with those that had enough for one turn; once
 * a turn. */
void lookup_run_due(struct worker *w);

/* Frees those that have ended; at the end of the turn. */
void lookup_bury(struct worker *w);

/* Of the worker's timers. */
struct timer;
void lookup_expired(struct timer *deadline);
void lookup_redial(struct timer *redial);

#endif
