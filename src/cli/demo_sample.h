/* What the sample engine of `dockgate demo` has: a few containers, images, networks, a volume; as
 * the answers of the Engine API 1.41. */
#ifndef CLI_DEMO_SAMPLE_H
#define CLI_DEMO_SAMPLE_H

#include "api/match.h"
#include "base/buf.h"

#include <time.h>

/* What is asked of the sample engine. Slices are borrowed. */
struct demo_question {
    const struct api_match *match;
    struct slice query;
    time_t now;
};

/* Writes the JSON body that answers (nothing for a 204) and returns the status: 200, 201, 204, or
 * 404 with a message for what the sample has not or does not do. Streams and tunnels are not
 * answered here. */
unsigned demo_sample_answer(const struct demo_question *q, struct buf *out);

/* Whether the sample has that container: by its name, its id, or the beginning of its id. */
bool demo_sample_has(struct slice container);

/* The line with number `i` that the container "web" logs; static, with its newline. */
struct slice demo_sample_log(unsigned i);

/* One event of the container "web", with its newline. */
void demo_sample_event(time_t now, struct buf *out);

/* Whether a query holds `name` with a value that the engine takes for true. */
bool demo_query_is_true(struct slice query, struct slice name);

#endif
