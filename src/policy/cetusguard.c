/* Rules of hectorm/cetusguard: reads the lines, replaces the variables. Patterns are anchored at
 * each of their alternatives, and see the decoded path without the query. */
#include "policy/cetusguard.h"

#include "policy/nearest.h"
#include "policy/re2.h"
#include "policy/rules_reader.h"
#include "policy/values.h"

/* Variables inside variables; the deepest there is has five levels. */
#define EXPAND_DEPTH_MAX 8

static const struct slice PREFIX = SLICE_INIT("CETUSGUARD_");
static const struct slice RULES = SLICE_INIT("CETUSGUARD_RULES");
static const struct slice RULES_FILE = SLICE_INIT("CETUSGUARD_RULES_FILE");
static const struct slice NO_BUILTIN = SLICE_INIT("CETUSGUARD_NO_BUILTIN_RULES");

static const struct slice SETTINGS[] = {
    SLICE_INIT("CETUSGUARD_BACKEND_ADDR"),
    SLICE_INIT("CETUSGUARD_BACKEND_TLS_CACERT"),
    SLICE_INIT("CETUSGUARD_BACKEND_TLS_CERT"),
    SLICE_INIT("CETUSGUARD_BACKEND_TLS_KEY"),
    SLICE_INIT("CETUSGUARD_FRONTEND_ADDR"),
    SLICE_INIT("CETUSGUARD_FRONTEND_TLS_CACERT"),
    SLICE_INIT("CETUSGUARD_FRONTEND_TLS_CERT"),
    SLICE_INIT("CETUSGUARD_FRONTEND_TLS_KEY"),
    SLICE_INIT("CETUSGUARD_LOG_LEVEL"),
    SLICE_INIT("CETUSGUARD_NO_BUILTIN_RULES"),
    SLICE_INIT("CETUSGUARD_RULES"),
    SLICE_INIT("CETUSGUARD_RULES_FILE"),
};

/* What is allowed unless it is taken away. */
static const struct slice BUILTIN = SLICE_INIT("GET,HEAD %API_PREFIX_PING%\n"
                                               "GET,HEAD %API_PREFIX_LIBPOD_PING%\n"
                                               "GET %API_PREFIX_VERSION%\n"
                                               "GET %API_PREFIX_LIBPOD_VERSION%\n"
                                               "GET %API_PREFIX_INFO%\n"
                                               "GET %API_PREFIX_LIBPOD_INFO%\n");

static const struct {
    struct slice name;
    struct slice value;
} VARIABLES[] = {
#define CETUSGUARD_VARIABLE(name, value) {SLICE_INIT(name), SLICE_INIT(value)},
#define CETUSGUARD_PREFIX(name, text)                                                              \
    {SLICE_INIT("API_PREFIX_" #name), SLICE_INIT("%API_PREFIX%/" text)},
#define CETUSGUARD_LIBPOD(name, text)                                                              \
    {SLICE_INIT("API_PREFIX_LIBPOD_" #name), SLICE_INIT("%API_PREFIX_LIBPOD%/" text)},
#include "policy/cetusguard.def"
};
#define NVARIABLES (sizeof(VARIABLES) / sizeof(VARIABLES[0]))

/* A name between percent signs that can only be meant as a variable. */
static bool is_name(struct slice s)
{
    bool name = s.len > 1;

    for (size_t i = 0; i < s.len && name; i++) {
        char c = s.at[i];
        name = c == '_' || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9' && i > 1);
    }
    return name;
}

static bool unknown_variable(struct slice name, struct diag *d)
{
    struct slice best = {NULL, 0};
    size_t distance = NEAREST_FAR;

    for (size_t i = 0; i < NVARIABLES; i++) {
        nearest_try(name, VARIABLES[i].name, &best, &distance);
    }
    struct slice shown = slice_sub(name, 0, NEAREST_NAME_MAX);
    return diag_set(d, "there is no variable %%%.*s%%; the nearest is %%%.*s%%", (int)shown.len,
                    shown.at, best.at == NULL ? 0 : (int)best.len, best.at == NULL ? "" : best.at);
}

/* The piece at the start of `*rest`: text up to a percent sign, or a variable. */
static bool expand_piece(struct slice *rest, struct slice *text, struct slice *variable,
                         struct diag *d)
{
    size_t percent = slice_find(*rest, '%');
    struct slice behind = slice_sub(*rest, percent + 1, rest->len);
    struct slice name = slice_sub(behind, 0, slice_find(behind, '%'));

    *variable = (struct slice){NULL, 0};
    if (percent == rest->len || name.len == behind.len || !is_name(name)) {
        size_t used = percent == rest->len ? percent : percent + 1;
        *text = slice_sub(*rest, 0, used);
        *rest = slice_sub(*rest, used, rest->len);
        return true;
    }
    *text = slice_sub(*rest, 0, percent);
    *rest = slice_sub(behind, name.len + 1, behind.len);
    for (size_t i = 0; i < NVARIABLES; i++) {
        if (slice_equal(VARIABLES[i].name, name)) {
            *variable = VARIABLES[i].value;
            return true;
        }
    }
    return unknown_variable(name, d);
}

bool cetusguard_expand(struct slice pattern, struct buf *out, struct diag *d)
{
    struct slice rest[EXPAND_DEPTH_MAX] = {pattern};
    size_t depth = 1;

    while (depth > 0) {
        struct slice *top = &rest[depth - 1];
        struct slice text;
        struct slice variable;

        if (top->len == 0) {
            depth--;
            continue;
        }
        if (!expand_piece(top, &text, &variable, d)) {
            return false;
        }
        bool deeper = variable.len > 0;
        if (!buf_put(out, text) || (deeper && depth == EXPAND_DEPTH_MAX)) {
            return diag_set(d, "the pattern is too long");
        }
        if (deeper) {
            rest[depth] = variable;
            depth++;
        }
    }
    return true;
}

static void note_line(struct slice name, struct slice what, struct policy_notes *notes)
{
    struct slice parts[] = {SLICE(""), name, SLICE(": "), what};
    policy_note_add(notes, NOTE_ERROR, parts, sizeof(parts) / sizeof(parts[0]));
}

/* The methods, blanks, and the pattern up to the line's last blanks. */
static void read_rule(struct slice line, struct slice name, struct policy *p,
                      struct policy_notes *notes)
{
    static const struct slice wrong =
        SLICE_INIT("a rule is methods, a blank and a pattern: GET,HEAD %API_PREFIX_PING%");
    char storage[RE2_PATTERN_MAX];
    struct buf pattern;
    struct diag d;
    size_t end = 0;

    while (end < line.len && line.at[end] != ' ' && line.at[end] != '\t') {
        end++;
    }
    struct slice text = slice_trim(slice_sub(line, end, line.len));
    buf_init(&pattern, storage, sizeof(storage));
    if (text.len == 0) {
        note_line(name, wrong, notes);
    } else if (!cetusguard_expand(text, &pattern, &d)) {
        note_line(name, slice_from_text(d.text), notes);
    } else {
        rules_add(p, (struct rule_text){slice_sub(line, 0, end), buf_slice(&pattern), name}, notes);
    }
}

/* Lines end with \n or \r\n; empty ones and those that begin with ! say nothing. */
static void read_rules(struct slice name, struct slice text, struct policy *p,
                       struct policy_notes *notes)
{
    struct slice line;

    for (uint64_t number = 1; slice_next(&text, '\n', &line); number++) {
        char storage[NEAREST_NAME_MAX + 32];
        struct buf named;

        line.len -= slice_ends_with(line, SLICE("\r")) ? 1 : 0;
        line = slice_trim(line);
        if (line.len == 0 || line.at[0] == '!') {
            continue;
        }
        buf_init(&named, storage, sizeof(storage));
        buf_put(&named, slice_sub(name, 0, NEAREST_NAME_MAX));
        buf_put(&named, SLICE(" line "));
        buf_put_u64(&named, number);
        read_rule(line, buf_slice(&named), p, notes);
    }
}

/* "CETUSGUARD_RULES:2". */
static bool is_numbered(struct slice name, struct slice of)
{
    return slice_starts_with(name, of) && name.len > of.len && name.at[of.len] == ':';
}

static bool wants_builtin(const struct dialect_input *in, struct policy_notes *notes)
{
    bool without = false;

    for (size_t i = 0; i < in->n; i++) {
        const struct policy_variable *v = &in->variables[i];

        if (slice_equal(v->name, NO_BUILTIN) && v->value.len > 0 &&
            !option_read_switch(v->value, &without)) {
            note_line(v->name, SLICE("accepted is true or false"), notes);
        }
    }
    return !without;
}

static void read_variable(const struct policy_variable *v, enum note_kind unknown, struct policy *p,
                          struct policy_notes *notes)
{
    if (slice_equal(v->name, RULES) || is_numbered(v->name, RULES) ||
        is_numbered(v->name, RULES_FILE)) {
        read_rules(v->name, v->value, p, notes);
    } else if (slice_starts_with(v->name, PREFIX)) {
        struct slice name = slice_sub(v->name, 0, slice_find(v->name, ':'));
        (void)rules_known_name(name, SETTINGS, sizeof(SETTINGS) / sizeof(SETTINGS[0]), unknown,
                               notes);
    }
}

void cetusguard_compile(const struct dialect_input *in, struct policy *p,
                        struct policy_notes *notes)
{
    enum note_kind unknown = in->values->unknown_warns ? NOTE_WARNING : NOTE_ERROR;

    if (!rules_begin(p, notes)) {
        return;
    }
    if (wants_builtin(in, notes)) {
        read_rules(SLICE("built-in rules"), BUILTIN, p, notes);
    }
    for (size_t i = 0; i < in->n; i++) {
        read_variable(&in->variables[i], unknown, p, notes);
    }
    rules_end(p, SLICE("CETUSGUARD_RULES"), notes);
}
