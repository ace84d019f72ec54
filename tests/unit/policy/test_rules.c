/* The dialects of rules by rows: variables, a request, and which rule allows it; and what is said
 * of variables that are wrong. The originals' own examples are among the rows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "policy/cetusguard.h"
#include "policy/compile.h"
/* after the above, which it needs */
#include <cmocka.h>

#define VARIABLES_MAX 8

/* Makes the policy of "A=1;B=0" in the dialect that the first one shows. */
static bool compile(const char *text, struct policy *p, struct policy_notes *notes)
{
    struct policy_variable variables[VARIABLES_MAX];
    struct slice rest = slice_from_text(text);
    struct slice part;
    size_t n = 0;
    while (slice_next(&rest, ';', &part)) {
        size_t at = slice_find(part, '=');
        assert_true(n < VARIABLES_MAX);
        variables[n++] =
            (struct policy_variable){slice_sub(part, 0, at), slice_sub(part, at + 1, part.len)};
    }
    return policy_compile(variables, n, &(struct policy_known){NULL, 0}, p, notes);
}

#define TRAEFIK "SP_ALLOW_GET=/v1\\..{1,2}/(version|containers/.*|events.*)"
#define DOZZLE  "SP_ALLOW_GET=/v1\\..{2}/(containers/.*|events)|/_ping;SP_ALLOW_HEAD=/_ping"
#define README                                                                                     \
    "CETUSGUARD_RULES=! Monitor events\nGET %API_PREFIX_EVENTS%\n! List containers\r\n"            \
    "GET %API_PREFIX_CONTAINERS%/json\n\n  \t! Inspect\n \tGET "                                   \
    "%API_PREFIX_CONTAINERS%/%CONTAINER_ID_OR_NAME%/json \t"
#define LIST                                                                                       \
    "CETUSGUARD_RULES_FILE:1=GET,HEAD,POST,PUT,DELETE %API_PREFIX_CONTAINERS%(/.*)?\n"             \
    "GET,HEAD,POST,PUT,DELETE %API_PREFIX_IMAGES%(/.*)?\nGET,HEAD,POST,PUT,DELETE "                \
    "%API_PREFIX_BUILD%(/.*)?"

static const struct {
    const char *variables;
    const char *method;
    const char *target;
    const char *rule; /* "": denied */
} rows[] = {
    /* clang-format off */
    {"SP_LISTENIP=0.0.0.0", "GET",  "/_ping",                          ""},
    {TRAEFIK, "GET",    "/v1.41/containers/json",                      "SP_ALLOW_GET"},
    {TRAEFIK, "GET",    "/v1.41/containers/json?all=1",                "SP_ALLOW_GET"},
    {TRAEFIK, "GET",    "/v1.41/events?filters=%7B%7D",                "SP_ALLOW_GET"},
    {TRAEFIK, "GET",    "/v1.41/version",                              "SP_ALLOW_GET"},
    {TRAEFIK, "HEAD",   "/v1.41/version",                              ""},
    {TRAEFIK, "GET",    "/version",                                    ""},
    {TRAEFIK, "GET",    "/v1.41/images/json",                          ""},
    {TRAEFIK, "POST",   "/v1.41/containers/create",                    ""},
    {TRAEFIK, "GET",    "/v1.41/c%6fntainers/json",                    "SP_ALLOW_GET"},
    /* an allowed path that is no operation */
    {TRAEFIK, "GET",    "/v1.41/containers/a/b/c",                     ""},
    {TRAEFIK, "GET",    "/v1.41/eventsource",                          ""},
    {"SP_ALLOW_GET=.*;SP_ALLOW_POST=.*", "GET", "/debug/pprof/heap",   ""},
    {"SP_ALLOW_GET=.*;SP_ALLOW_CONNECT=.*", "CONNECT", "/info",        ""},
    {"SP_ALLOW_GET=.*;SP_ALLOW_TRACE=.*", "TRACE", "/info",            ""},
    {"SP_ALLOW_GET=.*", "GET", "/info",                                "SP_ALLOW_GET"},
    {"SP_ALLOW_GET=.*", "GET", "/containers/../info",                  ""},
    /* each alternative is anchored at both ends */
    {DOZZLE,  "GET",    "/_ping",                                      "SP_ALLOW_GET"},
    {DOZZLE,  "HEAD",   "/_ping",                                      "SP_ALLOW_HEAD"},
    {DOZZLE,  "GET",    "/v1.41/events",                               "SP_ALLOW_GET"},
    {DOZZLE,  "GET",    "/v1.41/_ping",                                ""},
    {"SP_ALLOW_GET=/info|/version", "GET", "/v1.41/version",           ""},
    /* several of a method, whatever stands behind it; an empty one says nothing */
    {"SP_ALLOW_GET=/version;SP_ALLOW_GET_2=/_ping", "GET", "/_ping",   "SP_ALLOW_GET_2"},
    {"SP_ALLOW_GET_A=/version;SP_ALLOW_GET_B_C=/_ping", "GET", "/_ping", "SP_ALLOW_GET_B_C"},
    {"SP_ALLOW_GET=;SP_ALLOW_HEAD=/_ping", "GET", "/_ping",            ""},
    /* cetusguard: what is built in, and what is not */
    {"CETUSGUARD_LOG_LEVEL=7", "GET",  "/_ping",                       "built-in rules line 1"},
    {"CETUSGUARD_LOG_LEVEL=7", "HEAD", "/v1.41/_ping",                 "built-in rules line 1"},
    {"CETUSGUARD_LOG_LEVEL=7", "GET",  "/version",                     "built-in rules line 3"},
    {"CETUSGUARD_LOG_LEVEL=7", "HEAD", "/version",                     ""},
    {"CETUSGUARD_LOG_LEVEL=7", "GET",  "/v1.41/info",                  "built-in rules line 5"},
    {"CETUSGUARD_LOG_LEVEL=7", "GET",  "/containers/json",             ""},
    {"CETUSGUARD_NO_BUILTIN_RULES=true", "GET", "/_ping",              ""},
    {"CETUSGUARD_NO_BUILTIN_RULES=0", "GET", "/_ping",                 "built-in rules line 1"},
    {README,  "GET",    "/v1.41/events?since=1",                       "CETUSGUARD_RULES line 2"},
    {README,  "GET",    "/containers/json",                            "CETUSGUARD_RULES line 4"},
    {README,  "GET",    "/v1.41/containers/web-1/json",                "CETUSGUARD_RULES line 7"},
    {README,  "GET",    "/v1.41/containers/web-1/logs",                ""},
    {README,  "GET",    "/v1.41/containers/a%2fb/json",                ""},
    {README,  "POST",   "/containers/json",                            ""},
    {README,  "GET",    "/_ping",                                      "built-in rules line 1"},
    {LIST,    "POST",   "/v1.43/containers/create?name=x",             "CETUSGUARD_RULES_FILE:1 line 1"},
    {LIST,    "DELETE", "/v1.43/images/docker.io%2fbusybox:1",         "CETUSGUARD_RULES_FILE:1 line 2"},
    {LIST,    "POST",   "/build?t=x",                                  "CETUSGUARD_RULES_FILE:1 line 3"},
    {LIST,    "GET",    "/volumes",                                    ""},
    {"CETUSGUARD_RULES=GET /a;CETUSGUARD_RULES:2=GET /info|/version", "GET", "/v1.41/version", "built-in rules line 3"},
    {"CETUSGUARD_RULES=GET %API_PREFIX_IMAGES%/%IMAGE_ID_OR_REFERENCE%/json", "GET", "/images/ghcr.io/a/b:1@sha256:0123456789abcdef0123456789abcdef/json", "CETUSGUARD_RULES line 1"},
    {"CETUSGUARD_RULES=GET %API_PREFIX_IMAGES%/%IMAGE_ID_OR_REFERENCE%/json", "GET", "/images/[::1]:5000/b/json", "CETUSGUARD_RULES line 1"},
    {"CETUSGUARD_RULES=GET %API_PREFIX_IMAGES%/%IMAGE_ID_OR_REFERENCE%/json", "GET", "/images/-b/json", ""},
    /* clang-format on */
};

static void test_verdicts(void **state)
{
    char storage[256];
    struct policy_room room = {storage, pattern_room_new()};
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct policy p;
        struct policy_notes notes;
        assert_true(compile(rows[i].variables, &p, &notes));
        struct verdict v = policy_decide(&p, slice_from_text(rows[i].method),
                                         slice_from_text(rows[i].target), &room);
        struct slice wanted = slice_from_text(rows[i].rule);
        if (!slice_equal(v.rule, wanted)) {
            print_error("%s: %s %s: %.*s\n", rows[i].variables, rows[i].method, rows[i].target,
                        (int)v.rule.len, v.rule.at);
        }
        assert_true(slice_equal(v.rule, wanted));
        assert_int_equal(v.kind == VERDICT_ALLOW, wanted.len > 0);
        policy_fini(&p);
    }
    pattern_room_free(room.patterns);
}

static void test_notes(void **state)
{
    static const struct {
        const char *variables;
        size_t nerrors;
        const char *text;
    } note_rows[] = {
        /* clang-format off */
        {"SP_ALLOW_GTE=/x",                1, "SP_ALLOW_GTE=/x: \\\"GTE\\\" is no method; the nearest is GET"},
        {"SP_ALLOW_GET=/x(",               1, "SP_ALLOW_GET=/x(: at byte 4 of the pattern: a ( without its )"},
        {"SP_ALLOW_GET=/x(?=a)",           1, "a lookahead, which RE2 does not have"},
        {"SP_LISTENPORT=1",                1, "SP_LISTENPORT is no setting of this dialect; the nearest is SP_LISTENIP"},
        {"SP_LISTENIP=::1",                0, "there is no rule, so every request is denied; SP_ALLOW_GET adds one"},
        {"CETUSGUARD_RULES=GET",           1, "CETUSGUARD_RULES line 1: a rule is methods, a blank and a pattern"},
        {"CETUSGUARD_RULES=\nget /x",      1, "CETUSGUARD_RULES line 2=/x: \\\"get\\\" is no method"},
        {"CETUSGUARD_RULES=GET, /x",       1, "is no method"},
        {"CETUSGUARD_RULES=GET %API_PREFX%/x", 1, "there is no variable %API_PREFX%; the nearest is %API_PREFIX%"},
        {"CETUSGUARD_RULES=GET /[9-0]",    1, "a range whose end is before its start"},
        {"CETUSGUARD_RULEZ=GET /x",        1, "CETUSGUARD_RULEZ is no setting of this dialect; the nearest is CETUSGUARD_RULES"},
        {"CETUSGUARD_NO_BUILTIN_RULES=x",  1, "accepted is true or false"},
        /* clang-format on */
    };
    (void)state;
    for (size_t i = 0; i < sizeof(note_rows) / sizeof(note_rows[0]); i++) {
        struct policy p;
        static struct policy_notes notes;
        assert_int_equal(compile(note_rows[i].variables, &p, &notes), note_rows[i].nerrors == 0);
        assert_true(note_rows[i].nerrors == 0 || p.rules == NULL);
        assert_int_equal(notes.nerrors, note_rows[i].nerrors);
        assert_true(notes.n > 0);
        notes.storage[notes.text.len] = '\0';
        if (strstr(notes.storage, note_rows[i].text) == NULL) {
            print_error("%s: %s\n", note_rows[i].variables, notes.storage);
        }
        assert_non_null(strstr(notes.storage, note_rows[i].text));
        policy_fini(&p);
    }
}

static void test_expand(void **state)
{
    static const struct {
        const char *pattern;
        const char *expanded;
    } expand_rows[] = {
        {"/x", "/x"},
        {"%", "%"},
        {"%a%", "%a%"},
        {"100%%", "100%%"},
        {"%2f%IPV4%", "%2f(?:[0-9]{1,3}(?:\\.[0-9]{1,3}){3})"},
        {"%API_PREFIX_PING%", "(?:/v[0-9]+(?:\\.[0-9]+)*)?/_ping"},
        {"%API_PREFIX_LIBPOD_PODS%/x", "(?:/v[0-9]+(?:\\.[0-9]+)*)/libpod/pods/x"},
        {"%CONTAINER_ID_OR_NAME%", "(?:(?:[a-fA-F0-9]+)|(?:[a-zA-Z0-9][a-zA-Z0-9_.-]+))"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(expand_rows) / sizeof(expand_rows[0]); i++) {
        char storage[256];
        struct buf out;
        struct diag d;
        buf_init(&out, storage, sizeof(storage));
        assert_true(cetusguard_expand(slice_from_text(expand_rows[i].pattern), &out, &d));
        if (!slice_equal(buf_slice(&out), slice_from_text(expand_rows[i].expanded))) {
            print_error("%.*s\n", (int)out.len, out.at);
        }
        assert_true(slice_equal(buf_slice(&out), slice_from_text(expand_rows[i].expanded)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verdicts),
        cmocka_unit_test(test_notes),
        cmocka_unit_test(test_expand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
