/* The table of parameters: one text and one list of numbers, without a pointer for each row. It is
 * asked while a configuration is read, so a walk will do. */
#include "api/parameters.h"

/* Each row's names end in a zero. */
static const char NAMES[] =
#define PARAMETERS(operation, names) names "\0"
#include "api/parameters.def"
    ;

static const uint16_t OPERATIONS[] = {
#define PARAMETERS(operation, names) OPERATION_##operation,
#include "api/parameters.def"
};

struct slice api_parameters(enum operation_id op)
{
    struct slice rest = slice_of(NAMES, sizeof(NAMES) - 1);
    struct slice names;

    if (slice_starts_with(operation_get(op)->path, SLICE("/libpod/"))) {
        return (struct slice){NULL, 0};
    }
    for (size_t i = 0; i < sizeof(OPERATIONS) / sizeof(OPERATIONS[0]); i++) {
        if (slice_next(&rest, '\0', &names) && OPERATIONS[i] == op) {
            return names;
        }
    }
    return SLICE("");
}
