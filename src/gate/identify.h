/* Between a request's head and what is decided of it: who sent it. */
#ifndef GATE_IDENTIFY_H
#define GATE_IDENTIFY_H

#include "gate/session.h"
#include "http/head.h"

/* A head is complete: goes on with it where the client's policy is known; else it waits, and is
 * read once more when the engine has said whose it is. 503 where that can't be found out, since
 * another row of the table might fit by mistake. */
void identify_begin(struct session *s, const struct http_head *h, struct slice in);

#endif
