/* Patterns by rows: what matches, what is refused and how it is called, what a pattern begins with,
 * and that a match can't take for ever. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "policy/pattern.h"
#include "policy/re2.h"
/* after the above, which it needs */
#include <cmocka.h>

#define TEXT(literal) SLICE_INIT(literal)

struct match_row {
    struct slice pattern;
    struct slice text;
    bool matches;
};

/* clang-format off */
static const struct match_row match_rows[] = {
    /* the whole text, each alternative of its own */
    {TEXT("/_ping"),                       TEXT("/_ping"),                  true},
    {TEXT("/_ping"),                       TEXT("/_ping2"),                 false},
    {TEXT("/_ping"),                       TEXT("x/_ping"),                 false},
    {TEXT("/a|/b"),                        TEXT("/b"),                      true},
    {TEXT("/a|/b"),                        TEXT("/ax"),                     false},
    {TEXT("/a|/b"),                        TEXT("x/b"),                     false},
    {TEXT("^/a$|^/b$"),                    TEXT("/b"),                      true},
    {TEXT(""),                             TEXT(""),                        true},
    {TEXT(""),                             TEXT("/"),                       false},
    {TEXT(".*"),                           TEXT(""),                        true},
    /* the originals' examples */
    {TEXT("/v1\\..{1,2}/(version|containers/.*|events.*)"), TEXT("/v1.41/containers/json"), true},
    {TEXT("/v1\\..{1,2}/(version|containers/.*|events.*)"), TEXT("/v1.41/images/json"),     false},
    {TEXT("/v1\\..{1,2}/(version|containers/.*|events.*)"), TEXT("/v1.414/version"),        false},
    {TEXT("(?:/v[0-9]+(?:\\.[0-9]+)*)?/_ping"), TEXT("/_ping"),             true},
    {TEXT("(?:/v[0-9]+(?:\\.[0-9]+)*)?/_ping"), TEXT("/v1.41/_ping"),       true},
    /* the end of the text is its end, not before a newline */
    {TEXT("/a$"),                          TEXT("/a\n"),                    false},
    {TEXT("/a"),                           TEXT("/a\n"),                    false},
    {TEXT("/a\\z"),                        TEXT("/a"),                      true},
    {TEXT("/a.b"),                         TEXT("/a\nb"),                   false},
    {TEXT("(?s)/a.b"),                     TEXT("/a\nb"),                   true},
    {TEXT("(?s:/a.)b."),                   TEXT("/a\nb\n"),                 false},
    {TEXT("/a.b"),                         TEXT("/a\rb"),                   true},
    {TEXT("[^x]"),                         TEXT("\n"),                      true},
    /* characters, not bytes */
    {TEXT("/.{1}"),                        TEXT("/\xc3\xa9"),               true},
    {TEXT("/\xc3\xa9+"),                   TEXT("/\xc3\xa9\xc3\xa9"),       true},
    {TEXT("/\\x{e9}"),                     TEXT("/\xc3\xa9"),               true},
    {TEXT("[\xc3\xa0-\xc3\xbf]"),          TEXT("\xc3\xa9"),                true},
    {TEXT("\\w"),                          TEXT("\xc3\xa9"),                false},
    {TEXT("\\W"),                          TEXT("\xc3\xa9"),                true},
    {TEXT("\\d"),                          TEXT("\xd9\xa3"),                false},
    {TEXT("\\s"),                          TEXT("\v"),                      false},
    {TEXT("[[:space:]]"),                  TEXT("\v"),                      true},
    {TEXT("\\v"),                          TEXT("\v"),                      true},
    {TEXT("\\v"),                          TEXT("\n"),                      false},
    /* classes */
    {TEXT("[]a]+"),                        TEXT("]a"),                      true},
    {TEXT("[^]a]"),                        TEXT("]"),                       false},
    {TEXT("[a-]+"),                        TEXT("-a"),                      true},
    {TEXT("[\\d-z]+"),                     TEXT("1-z"),                     true},
    {TEXT("[\\d-z]+"),                     TEXT("y"),                       false},
    {TEXT("[[:alpha:][:digit:]_.-]+"),     TEXT("Az09_.-"),                 true},
    {TEXT("[[:^alpha:]]"),                 TEXT("1"),                       true},
    {TEXT("[[:^alpha:]]"),                 TEXT("a"),                       false},
    {TEXT("[[a]"),                         TEXT("["),                       true},
    {TEXT("[[:x]"),                        TEXT(":"),                       true},
    {TEXT("[a&&b]+"),                      TEXT("a&b"),                     true},
    {TEXT("[\\^\\]\\\\]+"),                TEXT("^]\\"),                    true},
    {TEXT("[\\W]"),                        TEXT("a"),                       false},
    {TEXT("[\\x41-\\x43]"),                TEXT("B"),                       true},
    /* repeats and braces */
    {TEXT("a{2}"),                         TEXT("aa"),                      true},
    {TEXT("a{2,}"),                        TEXT("aaaa"),                    true},
    {TEXT("a{2,3}?"),                      TEXT("aaa"),                     true},
    {TEXT("a{,3}"),                        TEXT("a{,3}"),                   true},
    {TEXT("a{,3}"),                        TEXT("aa"),                      false},
    {TEXT("a{x}"),                         TEXT("a{x}"),                    true},
    {TEXT("a{01}"),                        TEXT("a{01}"),                   true},
    {TEXT("(a|)*b"),                       TEXT("aab"),                     true},
    {TEXT("(a*)*"),                        TEXT("aaa"),                     true},
    {TEXT("(|a)+"),                        TEXT("aa"),                      true},
    /* escapes */
    {TEXT("\\Q.*\\E"),                     TEXT(".*"),                      true},
    {TEXT("\\Q.*\\E"),                     TEXT("aa"),                      false},
    {TEXT("\\Qa+\\E+"),                    TEXT("a+++"),                    true},
    {TEXT("\\101\\060"),                   TEXT("A0"),                      true},
    {TEXT("\\x2f\\x{2F}"),                 TEXT("//"),                      true},
    {TEXT("\\_\\-\\/\\ \\#"),              TEXT("_-/ #"),                   true},
    {TEXT("a b#c"),                        TEXT("a b#c"),                   true},
    {TEXT("a\\bb"),                        TEXT("ab"),                      false},
    {TEXT("a\\b-"),                        TEXT("a-"),                      true},
    /* flags and groups */
    {TEXT("(?i)/ABC"),                     TEXT("/abc"),                    true},
    {TEXT("(?i:a)b"),                      TEXT("Ab"),                      true},
    {TEXT("(?i:a)b"),                      TEXT("AB"),                      false},
    {TEXT("((?i)a)b"),                     TEXT("AB"),                      false},
    {TEXT("a(?i)b|c"),                     TEXT("C"),                       true},
    {TEXT("(?i-i)a"),                      TEXT("A"),                       false},
    {TEXT("(?i)[^k]"),                     TEXT("K"),                       false},
    {TEXT("(?i)[^k]"),                     TEXT("\xe2\x84\xaa"),            false},
    {TEXT("(?i)k"),                        TEXT("\xe2\x84\xaa"),            true},
    {TEXT("(?i)\\w"),                      TEXT("\xc5\xbf"),                true},
    {TEXT("\\w"),                          TEXT("\xc5\xbf"),                false},
    {TEXT("(?P<name>a)(?<other>b)"),       TEXT("ab"),                      true},
};

static const struct {
    struct slice pattern;
    const char *named;
} refused_rows[] = {
    {TEXT("(a)\\1"),        "byte 4 of the pattern: a back reference"},
    {TEXT("\\8"),           "back reference"},
    {TEXT("a(?=b)"),        "byte 2 of the pattern: a lookahead"},
    {TEXT("a(?!b)"),        "negative lookahead"},
    {TEXT("(?<=b)a"),       "a lookbehind"},
    {TEXT("(?<!b)a"),       "negative lookbehind"},
    {TEXT("(?>a)"),         "atomic"},
    {TEXT("(?#x)"),         "comment"},
    {TEXT("(?|a|b)"),       "branch reset"},
    {TEXT("(?P<n>a)(?P=n)"), "back reference"},
    {TEXT("(?P>n)"),        "a call of a group"},
    {TEXT("(?&n)"),         "a call of a group"},
    {TEXT("(?R)"),          "recursion"},
    {TEXT("(?1)"),          "a flag"},
    {TEXT("(?(1)a|b)"),     "condition"},
    {TEXT("(?C)"),          "callout"},
    {TEXT("(?'n'a)"),       "name in quotes"},
    {TEXT("(?^)a"),         "reset of flags"},
    {TEXT("(*UCP)a"),       "a verb"},
    {TEXT("(?x)a"),         "a flag that RE2 does not have"},
    {TEXT("(?m)a"),         "the flag m or U"},
    {TEXT("(?U)a*"),        "the flag m or U"},
    {TEXT("(?)"),           "flags"},
    {TEXT("(?i-)a"),        "a - without flags"},
    {TEXT("(?-i-s)a"),      "a flag that"},
    {TEXT("(?i"),           "flags"},
    {TEXT("(?P<>a)"),       "name"},
    {TEXT("(?P<a-b>a)"),    "name"},
    {TEXT("(?P<a"),         "name"},
    {TEXT("a*+"),           "a repeat of a repeat"},
    {TEXT("a**"),           "a repeat of a repeat"},
    {TEXT("a{2}{3}"),       "a repeat of a repeat"},
    {TEXT("*a"),            "a repeat of nothing"},
    {TEXT("(+a)"),          "a repeat of nothing"},
    {TEXT("a|?"),           "a repeat of nothing"},
    {TEXT("^*"),            "a repeat of an assertion"},
    {TEXT("\\b+"),          "a repeat of an assertion"},
    {TEXT("a{3,2}"),        "end is before its start"},
    {TEXT("a{1001}"),       "1,000 repeats"},
    {TEXT("(a{40}){26}"),   "1,000 repeats"},
    {TEXT("((a{1000})b){2}"), "1,000 repeats"},
    {TEXT("a{99999999999999999999}"), "1,000 repeats"},
    {TEXT("[b-a]"),         "a range whose end"},
    {TEXT("[a"),            "a bracket without its end"},
    {TEXT("[]"),            "a bracket without its end"},
    {TEXT("[[:foo:]]"),     "a class in [: :]"},
    {TEXT("[a-\\d]"),       "an escape in a bracket"},
    {TEXT("[\\b]"),         "an escape in a bracket"},
    {TEXT("(?i)[\\W]"),     "negated class inside a bracket"},
    {TEXT("\\pL"),          "\\p"},
    {TEXT("\\P{Greek}"),    "\\P"},
    {TEXT("\\C"),           "\\C"},
    {TEXT("\\R"),           "\\R"},
    {TEXT("\\h"),           "\\h"},
    {TEXT("\\K"),           "\\K"},
    {TEXT("\\X"),           "\\X"},
    {TEXT("\\Z"),           "\\Z"},
    {TEXT("\\G"),           "\\G"},
    {TEXT("\\y"),           "an escape"},
    {TEXT("\\E"),           "\\E"},
    {TEXT("\\Q\\E"),        "an empty quotation"},
    {TEXT("\\Qab"),         "a \\Q without its \\E"},
    {TEXT("\\x{110000}"),   "\\x"},
    {TEXT("\\x{}"),         "\\x"},
    {TEXT("\\x4"),          "\\x"},
    {TEXT("a\\"),           "a backslash at the end"},
    {TEXT("(a"),            "a ( without its )"},
    {TEXT("a)"),            "a ) without its ("},
    {TEXT("\xff"),          "no UTF-8"},
    {TEXT("[\xff]"),        "no UTF-8"},
    {TEXT("\\Q\xff"),       "no UTF-8"},
    {TEXT("\\x{d800}"),     "can't be compiled"},
};

/* clang-format on */

static struct pattern *compiled(struct slice text)
{
    struct diag d;
    struct pattern *p = pattern_new(text, NULL, &d);

    if (p == NULL) {
        print_error("%.*s: %s\n", (int)text.len, text.at, d.text);
    }
    assert_non_null(p);
    return p;
}

static void test_matches(void **state)
{
    struct pattern_room *room = pattern_room_new();
    (void)state;
    for (size_t i = 0; i < sizeof(match_rows) / sizeof(match_rows[0]); i++) {
        const struct match_row *row = &match_rows[i];
        struct pattern *p = compiled(row->pattern);
        enum pattern_answer answer = pattern_match(p, row->text, room);
        if (answer != (row->matches ? PATTERN_YES : PATTERN_NO)) {
            print_error("%.*s on %.*s\n", (int)row->pattern.len, row->pattern.at,
                        (int)row->text.len, row->text.at);
        }
        assert_int_equal(answer, row->matches ? PATTERN_YES : PATTERN_NO);
        pattern_free(p);
    }
    pattern_room_free(room);
}

static void test_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(refused_rows) / sizeof(refused_rows[0]); i++) {
        struct diag d;
        struct pattern *p = pattern_new(refused_rows[i].pattern, NULL, &d);
        if (p != NULL || strstr(d.text, refused_rows[i].named) == NULL) {
            print_error("%.*s: %s\n", (int)refused_rows[i].pattern.len, refused_rows[i].pattern.at,
                        p != NULL ? "is read" : d.text);
        }
        assert_null(p);
        assert_non_null(strstr(d.text, refused_rows[i].named));
    }
}

static void test_limits(void **state)
{
    char text[4096];
    struct pattern_room *room = pattern_room_new();
    struct pattern *slow = compiled(SLICE("(a*)*[bc]"));
    struct pattern *deep = compiled(SLICE("(?:a|b)*"));
    (void)state;
    memset(text, 'a', sizeof(text));
    assert_int_equal(pattern_match(slow, slice_of(text, 33), room), PATTERN_LIMIT);
    assert_int_equal(pattern_match(deep, slice_of(text, 100), room), PATTERN_YES);
    assert_int_equal(pattern_match(deep, slice_of(text, sizeof(text)), room), PATTERN_LIMIT);
    assert_int_equal(pattern_match(slow, SLICE("ab"), room), PATTERN_YES);
    pattern_free(slow);
    pattern_free(deep);
    pattern_room_free(room);
}

static void test_sizes(void **state)
{
    static char text[RE2_PATTERN_MAX + 1];
    struct diag d;
    struct pattern *p;
    (void)state;
    memset(text, '(', sizeof(text));
    memset(text + RE2_DEPTH_MAX, ')', RE2_DEPTH_MAX);
    p = compiled(slice_of(text, (size_t)2 * RE2_DEPTH_MAX));
    pattern_free(p);
    memset(text, '(', sizeof(text));
    assert_null(pattern_new(slice_of(text, RE2_DEPTH_MAX + 1), NULL, &d));
    assert_non_null(strstr(d.text, "nested"));
    memset(text, 'a', sizeof(text));
    p = compiled(slice_of(text, RE2_PATTERN_MAX));
    pattern_free(p);
    assert_null(pattern_new(slice_of(text, RE2_PATTERN_MAX + 1), NULL, &d));
    assert_non_null(strstr(d.text, "longer than"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_matches),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
