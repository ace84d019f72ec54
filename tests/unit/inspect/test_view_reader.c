/* The reader of streaming JSON: rows, each at every split, one byte at a time, and its end at a
 * page that nobody may read. */
#include "../support/guard.h"

#include "base/buf.h"
#include "inspect/view_reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/* The reader may say less than is true where a piece begins within a character or an escape. */
static void check_plain(const struct view_part *part)
{
    bool plain = true;
    for (size_t i = 0; i < part->bytes.len; i++) {
        plain &= (uint8_t)part->bytes.at[i] < 0x80 && part->bytes.at[i] != '\\';
    }
    assert_true(plain ? part->plain || !part->first : !part->plain);
}

/* What was read, as text: keys end in ':', strings in '"', scalars in ';'. */
static void read_piece(struct view_reader *r, struct slice in, struct buf *out, bool *refused)
{
    struct view_part part;
    in.at = guard_place(in);
    for (;;) {
        enum view_token token = view_reader_next(r, &in, &part);
        switch (token) {
        case VIEW_MORE:
            return;
        case VIEW_REFUSED:
            *refused = true;
            return;
        case VIEW_RECORD:
            buf_put_byte(out, '~');
            break;
        case VIEW_OBJECT:
        case VIEW_ARRAY:
            buf_put_byte(out, token == VIEW_OBJECT ? '{' : '[');
            break;
        case VIEW_OBJECT_END:
        case VIEW_ARRAY_END:
            buf_put_byte(out, token == VIEW_OBJECT_END ? '}' : ']');
            break;
        case VIEW_KEY:
        case VIEW_STRING:
            check_plain(&part);
            buf_put(out, part.first ? SLICE("<") : SLICE(""));
            buf_put(out, part.bytes);
            if (part.last) {
                buf_put_byte(out, token == VIEW_KEY ? ':' : '"');
            }
            break;
        case VIEW_SCALAR_VALUE:
            buf_put(out, part.bytes);
            buf_put_byte(out, ';');
            break;
        }
    }
}

static struct slice read_all(struct slice in, bool many, size_t first, size_t step, char *text,
                             size_t size)
{
    struct view_reader r;
    struct buf out;
    bool refused = false;
    buf_init(&out, text, size);
    view_reader_init(&r, many);
    for (size_t at = 0; at < in.len && !refused; at += at == 0 && first > 0 ? first : step) {
        read_piece(&r, slice_sub(in, at, at == 0 && first > 0 ? first : step), &out, &refused);
    }
    if (refused) {
        buf_init(&out, text, size); /* how much was told before depends on the split */
    }
    buf_put(&out, refused                    ? SLICE("refused")
                  : view_reader_complete(&r) ? SLICE(" end")
                                             : SLICE(" more"));
    return buf_slice(&out);
}

static void check(struct slice in, bool many, const char *wanted)
{
    static char text[4096];
    struct slice expected = slice_from_text(wanted);
    for (size_t first = 0; first < in.len + 1; first++) {
        struct slice got = read_all(in, many, first, in.len, text, sizeof(text));
        if (!slice_equal(got, expected)) {
            fail_msg("%.*s, cut at %zu: %.*s instead of %s", (int)in.len, in.at, first,
                     (int)got.len, got.at, wanted);
        }
    }
    struct slice got = read_all(in, many, 0, 1, text, sizeof(text));
    assert_true(slice_equal(got, expected));
}

struct row {
    struct slice in;
    const char *wanted;
};

/* clang-format off */
static const struct row rows[] = {
    {SLICE_INIT("{}"), "{} end"},
    {SLICE_INIT("[]\n"), "[] end"},
    {SLICE_INIT(" [ ] "), "[] end"},
    {SLICE_INIT("[1,2.5,-0,1e5,1E-2,0.1e+3]"), "[1;2.5;-0;1e5;1E-2;0.1e+3;] end"},
    {SLICE_INIT("[true,false,null]"), "[true;false;null;] end"},
    {SLICE_INIT("{\"a\":{\"b\":[\"c\"]}}"), "{<a:{<b:[<c\"]}} end"},
    {SLICE_INIT("[\"\",{\"\":\"\"}]"), "[<\"{<:<\"}] end"},
    {SLICE_INIT("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\ude00\""), "<\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\ude00\" end"},
    {SLICE_INIT("\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\x7f\""), "<\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\x7f\" end"},
    {SLICE_INIT("12\n"), "12; end"},
    {SLICE_INIT("12"), " more"},
    {SLICE_INIT("{\"a\""), "{<a: more"},
    {SLICE_INIT("[1,"), "[1; more"},
    {SLICE_INIT("\"abc"), "<abc more"},
    {SLICE_INIT(""), " more"},
    {SLICE_INIT("{} {}"), "refused"},
    {SLICE_INIT("{}x"), "refused"},
    {SLICE_INIT("{}]"), "refused"},
    {SLICE_INIT("]"), "refused"},
    {SLICE_INIT("[}"), "refused"},
    {SLICE_INIT("{]"), "refused"},
    {SLICE_INIT("[1}"), "refused"},
    {SLICE_INIT("[1,]"), "refused"},
    {SLICE_INIT("[,1]"), "refused"},
    {SLICE_INIT("[1 2]"), "refused"},
    {SLICE_INIT("[1;2]"), "refused"},
    {SLICE_INIT("{\"a\":1,}"), "refused"},
    {SLICE_INIT("{,}"), "refused"},
    {SLICE_INIT("{\"a\" 1}"), "refused"},
    {SLICE_INIT("{\"a\",1}"), "refused"},
    {SLICE_INIT("{\"a\":}"), "refused"},
    {SLICE_INIT("{a:1}"), "refused"},
    {SLICE_INIT("{1:1}"), "refused"},
    {SLICE_INIT("{'a':1}"), "refused"},
    {SLICE_INIT("[01]"), "refused"},
    {SLICE_INIT("[+1]"), "refused"},
    {SLICE_INIT("[1.]"), "refused"},
    {SLICE_INIT("[.5]"), "refused"},
    {SLICE_INIT("[1e]"), "refused"},
    {SLICE_INIT("[-]"), "refused"},
    {SLICE_INIT("[0x1]"), "refused"},
    {SLICE_INIT("[NaN]"), "refused"},
    {SLICE_INIT("[tru]"), "refused"},
    {SLICE_INIT("[nulls]"), "refused"},
    {SLICE_INIT("[1/**/]"), "refused"},
    {SLICE_INIT("\"a\nb\""), "refused"},
    {SLICE_INIT("\"a\0b\""), "refused"},
    {SLICE_INIT("\"\\x\""), "refused"},
    {SLICE_INIT("\"\\u12g4\""), "refused"},
    {SLICE_INIT("\"\\u12\""), "refused"},
    {SLICE_INIT("\"\\\0\""), "refused"},
    {SLICE_INIT("\"\xff\""), "refused"},
    {SLICE_INIT("\"\xc0\xaf\""), "refused"},
    {SLICE_INIT("\"\xc3\""), "refused"},
    {SLICE_INIT("\"\xe0\x80\x80\""), "refused"},
    {SLICE_INIT("\"\xed\xa0\x80\""), "refused"},
    {SLICE_INIT("\"\xf5\x80\x80\x80\""), "refused"},
    {SLICE_INIT("\xef\xbb\xbf{}"), "refused"},
    {SLICE_INIT("\x1e{}"), "refused"},
    {SLICE_INIT("{}\v"), "refused"},
    {SLICE_INIT("[1111111111111111111111111111111111111111111111111111111111111111]"),
     "[1111111111111111111111111111111111111111111111111111111111111111;] end"},
    {SLICE_INIT("[11111111111111111111111111111111111111111111111111111111111111111]"), "refused"},
};

static const struct row many_rows[] = {
    {SLICE_INIT(""), " end"},
    {SLICE_INIT("{}\n{}\n"), "{}{} end"},
    {SLICE_INIT("{}{}"), "{}{} end"},
    {SLICE_INIT("\x1e{}\n\x1e{}\n"), "~{}~{} end"},
    {SLICE_INIT("{}\n{"), "{}{ more"},
    {SLICE_INIT("{},{}"), "refused"},
    {SLICE_INIT("{\x1e}"), "refused"},
};
/* clang-format on */

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        check(rows[i].in, false, rows[i].wanted);
    }
    for (size_t i = 0; i < sizeof(many_rows) / sizeof(many_rows[0]); i++) {
        check(many_rows[i].in, true, many_rows[i].wanted);
    }
}

/* What is more than itself in a string, at each place of a word, with bytes behind it up to the
 * next word's end: each cut everywhere. */
static void test_words(void **state)
{
    static const struct {
        struct slice bytes;
        bool ok;
    } specials[] = {
        {SLICE_INIT("\\n"), true},           {SLICE_INIT("\\\""), true},
        {SLICE_INIT("\\u00e9"), true},       {SLICE_INIT("\\\\"), true},
        {SLICE_INIT("\xc3\xa9"), true},      {SLICE_INIT("\xe2\x82\xac"), true},
        {SLICE_INIT("\xed\x9f\xbf"), true},  {SLICE_INIT("\xf0\x9f\x98\x80"), true},
        {SLICE_INIT("\x7f"), true},          {SLICE_INIT(" "), true},
        {SLICE_INIT("!#[]"), true},          {SLICE_INIT("\x1f"), false},
        {SLICE_INIT("\0"), false},           {SLICE_INIT("\n"), false},
        {SLICE_INIT("\\q"), false},          {SLICE_INIT("\\u00g9"), false},
        {SLICE_INIT("\x80"), false},         {SLICE_INIT("\xc3"), false},
        {SLICE_INIT("\xe2\x82"), false},     {SLICE_INIT("\xed\xa0\x80"), false},
        {SLICE_INIT("\xf0\x9f\x98"), false}, {SLICE_INIT("\xf4\x90\x80\x80"), false},
        {SLICE_INIT("\xff"), false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(specials) / sizeof(specials[0]); i++) {
        for (size_t before = 0; before < 17; before++) {
            for (size_t behind = 0; behind < 9; behind++) {
                char in_text[64];
                char wanted_text[64];
                struct buf in;
                struct buf wanted;
                buf_init(&in, in_text, sizeof(in_text));
                buf_init(&wanted, wanted_text, sizeof(wanted_text));
                (void)buf_put_byte(&in, '"');
                (void)buf_put(&in, slice_of("aaaaaaaaaaaaaaaaa", before));
                (void)buf_put(&in, specials[i].bytes);
                (void)buf_put(&in, slice_of("zzzzzzzzz", behind));
                (void)buf_put_byte(&in, '"');
                (void)(buf_put_byte(&wanted, '<') &&
                       buf_put(&wanted, slice_sub(buf_slice(&in), 1, in.len)) &&
                       buf_put(&wanted, SLICE(" end\0")));
                check(buf_slice(&in), false, specials[i].ok ? wanted_text : "refused");
            }
        }
    }
}

/* Numbers and words of all lengths, before a word's end and behind it. */
static void test_scalars(void **state)
{
    static const char *const scalars[] = {"0",     "-1",       "null",   "true",
                                          "false", "12345678", "1.5e+10"};
    (void)state;
    for (size_t i = 0; i < sizeof(scalars) / sizeof(scalars[0]); i++) {
        for (size_t spaces = 0; spaces < 9; spaces++) {
            char in[64];
            char wanted[64];
            int len =
                snprintf(in, sizeof(in), "%*s[%s,%s]", (int)spaces, "", scalars[i], scalars[i]);
            (void)snprintf(wanted, sizeof(wanted), "[%s;%s;] end", scalars[i], scalars[i]);
            check(slice_of(in, (size_t)len), false, wanted);
        }
    }
}

static void test_depth(void **state)
{
    (void)state;
    char text[2 * VIEW_DEPTH + 2];
    char out[4 * VIEW_DEPTH];
    memset(text, '[', VIEW_DEPTH + 1);
    memset(text + VIEW_DEPTH, ']', VIEW_DEPTH);
    struct slice got = read_all(slice_of(text, 2 * VIEW_DEPTH), false, 0, 7, out, sizeof(out));
    assert_true(slice_ends_with(got, SLICE("] end")));
    memset(text, '[', VIEW_DEPTH + 1);
    got = read_all(slice_of(text, VIEW_DEPTH + 1), false, 0, 7, out, sizeof(out));
    assert_true(slice_equal(got, SLICE("refused")));
}

/* Objects and arrays within one another, as deep as may be: each end must be its begin's. */
static void test_kinds(void **state)
{
    char text[VIEW_DEPTH * 6];
    char out[VIEW_DEPTH * 8];
    (void)state;
    for (size_t wrong = 0; wrong <= VIEW_DEPTH; wrong++) {
        struct buf b;
        buf_init(&b, text, sizeof(text));
        for (size_t i = 0; i < VIEW_DEPTH; i++) {
            (void)buf_put(&b, i % 3 == 1 ? SLICE("{\"a\":") : SLICE("["));
        }
        (void)buf_put_byte(&b, '1');
        for (size_t i = VIEW_DEPTH; i-- > 0;) {
            (void)buf_put_byte(&b, (i % 3 == 1) == (i != wrong) ? '}' : ']');
        }
        struct slice got = read_all(buf_slice(&b), false, 0, 7, out, sizeof(out));
        assert_true(wrong == VIEW_DEPTH ? slice_ends_with(got, SLICE(" end"))
                                        : slice_equal(got, SLICE("refused")));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),  cmocka_unit_test(test_words), cmocka_unit_test(test_scalars),
        cmocka_unit_test(test_depth), cmocka_unit_test(test_kinds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
