/* Who sent a request: known, or asked for before it is decided. */
#include "gate/identify.h"

#include "gate/request.h"
#include "gate/worker.h"
#include "sys/log.h"

static void answer_unknown(struct session *s, const struct http_head *h, struct slice in,
                           const char *why)
{
    struct verdict v = {.kind = VERDICT_DENY,
                        .rule = SLICE("clients"),
                        .option = OPTION_NONE,
                        .match = {.operation = OPERATION_NONE}};
    char text[256];
    struct buf b;

    if (!atomic_exchange(&s->worker->shared->unknown_said, true)) {
        sys_log("a client is refused, since its policy depends on its container: %s; others like "
                "it are not named",
                why);
    }
    s->exchange = request_exchange(s, h, in.at, &v, (struct slice){0}, false);
    if (s->exchange == NULL) {
        session_answer_own(s, 503, SLICE("503 Service Unavailable: the gate is out of memory."),
                           true);
        return;
    }
    if (!request_head_done(s, in, h->len)) {
        return;
    }
    buf_init(&b, text, sizeof(text));
    (void)buf_putf(&b, "503 Service Unavailable: who is calling can't be found out: %s.", why);
    request_answer(s, 503, buf_slice(&b));
}

void identify_begin(struct session *s, const struct http_head *h, struct slice in)
{
    const char *why = NULL;

    switch (callers_find(s, &why)) {
    case CALLERS_READY:
        request_begin(s, h, in);
        break;
    case CALLERS_WAIT:
        timer_stop(&s->timer);
        s->up = UP_ASKED;
        (void)request_head_done(s, in, 0); /* closes the session itself when it fails */
        break;
    case CALLERS_FAILED:
        timer_stop(&s->timer);
        answer_unknown(s, h, in, why);
        break;
    }
}
