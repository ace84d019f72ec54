/* Lines of the access log, a row each: what happened, and the line that must come out. And whatever
 * bytes a client sends, in every place where they can stand: one line, quotes closed, nothing but
 * printable ASCII (classic) or JSON. The names of options and operations are doubles, so that the
 * rows stay true when the tables grow. */
#include "base/buf.h"
#include "gate/access_log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>
/* after the above, which it needs */
#include <cmocka.h>

enum { DOUBLE_INFO, DOUBLE_EVENTS, DOUBLE_VOLUMES_CREATE };
#define WITH_ID      ((enum operation_id)0)
#define WITHOUT_ID   ((enum operation_id)1)
#define NO_OPERATION OPERATION_NONE

/* ---- doubles ---- */

struct slice option_name(option_id option)
{
    static const struct slice names[] = {{"INFO", 4}, {"EVENTS", 6}, {"VOLUMES_CREATE", 14}};
    return option == OPTION_NONE ? SLICE("-") : names[option];
}

const struct operation *operation_get(enum operation_id op)
{
    static const struct operation rows[] = {
        [WITH_ID] = {.operation_id = {"SystemInfo", 10}, .path = {"/info", 5}},
        [WITHOUT_ID] = {.operation_id = {"-", 1}, .path = {"/containers/{id}/x", 18}},
    };
    return &rows[op];
}

struct slice http_refusal_name(enum http_refusal refusal)
{
    return refusal == HTTP_REFUSAL_BAD_PATH ? SLICE("BAD_PATH") : SLICE("OTHER");
}

/* ---- rows ---- */

struct row {
    const char *what;
    const char *method;
    const char *target;
    enum verdict_kind kind;
    unsigned option;
    enum operation_id operation;
    unsigned status;
    bool starts;
    const char *classic; /* behind the time */
    const char *json;    /* behind the listener */
};

#define COUNTS "\"bytes_in\":7,\"bytes_out\":18446744073709551615,\"head_ms\":0.042"
#define END    COUNTS ",\"end_ms\":61001.500}\n"

/* clang-format off */
static const struct row rows[] = {
    {"allowed", "GET", "/info", VERDICT_ALLOW, DOUBLE_INFO, WITH_ID, 200, false,
     "\"GET /info HTTP/1.1\" 200 [Location: INFO]\n",
     "\"method\":\"GET\",\"target\":\"/info\",\"operation\":\"SystemInfo\",\"option\":\"INFO\",\"verdict\":\"allow\",\"status\":200," END},
    {"denied, an option would grant it", "POST", "/volumes/create", VERDICT_DENY, DOUBLE_VOLUMES_CREATE, WITHOUT_ID, 403, false,
     "\"POST /volumes/create HTTP/1.1\" 403 [Location: VOLUMES_CREATE (BLOCKED)]\n",
     "\"method\":\"POST\",\"target\":\"/volumes/create\",\"operation\":\"/containers/{id}/x\",\"option\":\"VOLUMES_CREATE\",\"verdict\":\"deny\",\"status\":403," END},
    {"denied, no option would", "GET", "/nothing", VERDICT_DENY, OPTION_NONE, NO_OPERATION, 403, false,
     "\"GET /nothing HTTP/1.1\" 403 [Location: Default (BLOCKED)]\n",
     "\"method\":\"GET\",\"target\":\"/nothing\",\"operation\":null,\"option\":null,\"verdict\":\"deny\",\"status\":403," END},
    {"malformed", "GET", "/a//b", VERDICT_REJECT, OPTION_NONE, NO_OPERATION, 400, false,
     "\"GET /a//b HTTP/1.1\" 400 [Location: Malformed (BLOCKED)]\n",
     "\"method\":\"GET\",\"target\":\"/a//b\",\"operation\":null,\"option\":null,\"verdict\":\"reject\",\"refusal\":\"BAD_PATH\",\"status\":400," END},
    {"no request line at all", "", "", VERDICT_REJECT, OPTION_NONE, NO_OPERATION, 400, false,
     "\"-\" 400 [Location: Malformed (BLOCKED)]\n",
     "\"method\":\"\",\"target\":\"\",\"operation\":null,\"option\":null,\"verdict\":\"reject\",\"refusal\":\"BAD_PATH\",\"status\":400," END},
    {"a stream's start", "GET", "/events", VERDICT_ALLOW, DOUBLE_EVENTS, WITH_ID, 200, true,
     "\"GET /events HTTP/1.1\" 200 [Location: EVENTS (start)]\n",
     "\"method\":\"GET\",\"target\":\"/events\",\"operation\":\"SystemInfo\",\"option\":\"EVENTS\",\"verdict\":\"allow\",\"status\":200," COUNTS "}\n"},
    {"observed", "GET", "/info", VERDICT_WOULD_DENY, DOUBLE_INFO, WITH_ID, 200, false,
     "\"GET /info HTTP/1.1\" 200 [Location: INFO (WOULD DENY)]\n",
     "\"method\":\"GET\",\"target\":\"/info\",\"operation\":\"SystemInfo\",\"option\":\"INFO\",\"verdict\":\"would-deny\",\"status\":200," END},
    {"a stream's start, observed", "GET", "/events", VERDICT_WOULD_DENY, DOUBLE_EVENTS, WITH_ID, 200, true,
     "\"GET /events HTTP/1.1\" 200 [Location: EVENTS (WOULD DENY) (start)]\n",
     "\"method\":\"GET\",\"target\":\"/events\",\"operation\":\"SystemInfo\",\"option\":\"EVENTS\",\"verdict\":\"would-deny\",\"status\":200," COUNTS "}\n"},
    {"a stream's end", "GET", "/events", VERDICT_ALLOW, DOUBLE_EVENTS, WITH_ID, 200, false,
     "\"GET /events HTTP/1.1\" 200 [Location: EVENTS]\n",
     "\"method\":\"GET\",\"target\":\"/events\",\"operation\":\"SystemInfo\",\"option\":\"EVENTS\",\"verdict\":\"allow\",\"status\":200," END},
    {"a forged line", "GET", "/x\"]\n[25/Jan/2023:15:25:12 -0500] \"GET \\", VERDICT_DENY, OPTION_NONE, NO_OPERATION, 403, false,
     "\"GET /x\\\"]\\x0a[25/Jan/2023:15:25:12 -0500] \\\"GET \\\\ HTTP/1.1\" 403 [Location: Default (BLOCKED)]\n",
     "\"method\":\"GET\",\"target\":\"/x\\\"]\\u000a[25/Jan/2023:15:25:12 -0500] \\\"GET \\\\\",\"operation\":null,\"option\":null,\"verdict\":\"deny\",\"status\":403," END},
};
/* clang-format on */

/* 25 January 2023, 15:25:12, five hours behind. */
static const struct tm noon = {.tm_mday = 25,
                               .tm_mon = 0,
                               .tm_year = 123,
                               .tm_hour = 15,
                               .tm_min = 25,
                               .tm_sec = 12,
                               .tm_gmtoff = -18000};

static const struct access_second *second_of(const struct tm *t)
{
    static struct access_second second;
    access_second_set(&second, t);
    return &second;
}

static struct slice text(const char *s)
{
    return slice_of(s, strlen(s));
}

static struct access_entry entry_of(const struct verdict *v, struct slice method,
                                    struct slice target)
{
    return (struct access_entry){.started_unix_ms = 1674678312042,
                                 .client = SLICE("127.0.0.1:51234"),
                                 .listener = SLICE("tcp://:2375"),
                                 .method = method,
                                 .target = target,
                                 .minor = 1,
                                 .verdict = v,
                                 .bytes_in = 7,
                                 .bytes_out = UINT64_MAX,
                                 .head_us = 42,
                                 .total_us = 61001500};
}

/* Formats into an exactly measured buffer, so that a byte too many is seen by the sanitizer. */
static size_t format(enum access_log_format how, const struct access_entry *e, char *out,
                     size_t max)
{
    struct buf b;
    buf_init(&b, out, max);
    assert_true(access_log_format(how, e, second_of(&noon), &b));
    return b.len;
}

static void check_row(const struct row *r)
{
    struct verdict v = {.kind = r->kind,
                        .refusal = HTTP_REFUSAL_BAD_PATH,
                        .option = (option_id)r->option,
                        .match.operation = r->operation};
    struct access_entry e = entry_of(&v, text(r->method), text(r->target));
    e.status = r->status;
    e.starts = r->starts;

    char want[1024];
    char got[1024];
    snprintf(want, sizeof(want), "[25/Jan/2023:15:25:12 -0500] %s", r->classic);
    got[format(ACCESS_LOG_CLASSIC, &e, got, sizeof(got) - 1)] = '\0';
    assert_string_equal(got, want);

    snprintf(want, sizeof(want),
             "{\"time\":\"2023-01-25T15:25:12.042-05:00\",\"event\":\"%s\",\"client\":"
             "\"127.0.0.1:51234\",\"listener\":\"tcp://:2375\",%s",
             r->starts ? "start" : "end", r->json);
    got[format(ACCESS_LOG_JSON, &e, got, sizeof(got) - 1)] = '\0';
    assert_string_equal(got, want);
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        print_message("# %s\n", rows[i].what);
        check_row(&rows[i]);
    }
}

/* ---- zones and calendar ---- */

static void test_zones(void **state)
{
    (void)state;
    static const struct {
        long offset;
        const char *classic;
        const char *json;
    } zones[] = {
        {0, " +0000]", "+00:00\""},     {3600, " +0100]", "+01:00\""},
        {20700, " +0545]", "+05:45\""}, {-12600, " -0330]", "-03:30\""},
        {50400, " +1400]", "+14:00\""}, {-43200, " -1200]", "-12:00\""},
    };
    struct verdict v = {.kind = VERDICT_ALLOW, .option = DOUBLE_INFO, .match.operation = WITH_ID};
    struct access_entry e = entry_of(&v, SLICE("GET"), SLICE("/info"));
    for (size_t i = 0; i < sizeof(zones) / sizeof(*zones); i++) {
        struct tm t = noon;
        t.tm_gmtoff = zones[i].offset;
        t.tm_mon = 11;
        char got[1024];
        struct buf b;
        buf_init(&b, got, sizeof(got) - 1);
        assert_true(access_log_format(ACCESS_LOG_CLASSIC, &e, second_of(&t), &b));
        assert_true(access_log_format(ACCESS_LOG_JSON, &e, second_of(&t), &b));
        got[b.len] = '\0';
        assert_non_null(strstr(got, "[25/Dec/2023:15:25:12"));
        assert_non_null(strstr(got, "\"2023-12-25T15:25:12.042"));
        assert_non_null(strstr(got, zones[i].classic));
        assert_non_null(strstr(got, zones[i].json));
    }
}

/* ---- hostile bytes ---- */

/* One line: its newline last and nowhere else, no other control byte. */
static void assert_one_line(struct slice line)
{
    assert_true(line.len > 0 && line.at[line.len - 1] == '\n');
    for (size_t i = 0; i + 1 < line.len; i++) {
        assert_true((unsigned char)line.at[i] >= 0x20);
        assert_true(line.at[i] != 0x7f);
    }
}

static size_t count_open_quotes(struct slice line)
{
    size_t n = 0;
    for (size_t i = 0; i < line.len; i++) {
        if (line.at[i] == '\\') {
            i++;
        } else if (line.at[i] == '"') {
            n++;
        }
    }
    return n;
}

/* Every pair of bytes, as method, as target, and as client and listener. */
static void test_hostile_bytes(void **state)
{
    (void)state;
    struct verdict v = {
        .kind = VERDICT_DENY, .option = OPTION_NONE, .match.operation = NO_OPERATION};
    struct access_entry plain = entry_of(&v, SLICE("GET"), SLICE("/info"));
    char line[1024];
    size_t quotes = count_open_quotes(slice_of(line, format(ACCESS_LOG_JSON, &plain, line, 1024)));
    for (unsigned pair = 0; pair < 65536; pair++) {
        char bytes[2] = {(char)(pair >> 8), (char)(pair & 0xff)};
        struct slice s = slice_of(bytes, 2);
        struct access_entry e = entry_of(&v, s, s);
        struct slice classic = slice_of(line, format(ACCESS_LOG_CLASSIC, &e, line, sizeof(line)));
        assert_one_line(classic);
        assert_int_equal(count_open_quotes(classic), 2);
        for (size_t i = 0; i < classic.len; i++) {
            assert_true((unsigned char)classic.at[i] < 0x7f);
        }
        e.client = s;
        e.listener = s;
        struct slice json = slice_of(line, format(ACCESS_LOG_JSON, &e, line, sizeof(line)));
        /* DEL is an ordinary character of JSON, and ends no line. */
        assert_int_equal(json.at[json.len - 1], '\n');
        assert_ptr_equal(memchr(json.at, '\n', json.len), json.at + json.len - 1);
        assert_int_equal(count_open_quotes(json), quotes);
    }
}

/* Whole or not at all, whatever the room. */
static void test_never_cut(void **state)
{
    (void)state;
    struct verdict v = {.kind = VERDICT_ALLOW, .option = DOUBLE_INFO, .match.operation = WITH_ID};
    struct access_entry e = entry_of(&v, SLICE("GET"), SLICE("/info\n"));
    for (int how = ACCESS_LOG_CLASSIC; how <= ACCESS_LOG_JSON; how++) {
        char line[1024];
        size_t len = format((enum access_log_format)how, &e, line, sizeof(line));
        for (size_t room = 0; room <= len; room++) {
            char storage[1024];
            struct buf b;
            buf_init(&b, storage, 3 + room);
            assert_true(buf_put(&b, SLICE("---")));
            bool fitted = access_log_format((enum access_log_format)how, &e, second_of(&noon), &b);
            assert_true(fitted == (room == len));
            assert_int_equal(b.len, fitted ? 3 + len : 3);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_zones),
        cmocka_unit_test(test_hostile_bytes),
        cmocka_unit_test(test_never_cut),
    };
    return cmocka_run_group_tests_name("access format", tests, NULL, NULL);
}
