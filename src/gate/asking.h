/* What a view has to know beside the answer that it rewrites (inspect/census): the engine is asked
 * for it, while the answer waits in DOWN_ASKED and other sessions go on. What the engine does not
 * say is as good as nothing. */
#ifndef GATE_ASKING_H
#define GATE_ASKING_H

#include "gate/bytes.h"

struct session;

/* What an exchange's view has asked; heap, the exchange's. */
struct asking;

/* One for the session's exchange, which has a view. NULL: no memory. */
struct asking *asking_new(struct session *s);
void asking_free(struct asking *a);

/* Asks what the view wants to know. In DOWN_ASKED session_view_told is called later; else the view
 * was told already, for the engine can't be asked. */
void asking_begin(struct asking *a);

/* Keeps a part of the body, or that it ends there, until then. False: no memory. */
bool asking_keep(struct asking *a, struct slice payload);
void asking_keep_end(struct asking *a);

/* Gives back what was kept, to be freed; whether the body ends behind it. */
bool asking_take(struct asking *a, struct bytes *kept);

#endif
