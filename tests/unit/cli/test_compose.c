/* Compose files: which service is found, what its environment comes to, and what is refused.
 * The fuzz target's seeds are these rows: DOCKGATE_SEEDS=FOLDER writes them. */
#include "cli/compose.h"
#include "cli/envfile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#define PROXY "services:\n  p:\n    image: x/socket-proxy:1\n"

static const struct {
    const char *file;
    const char *service;
    const char *known;   /* an env file; NULL: none */
    const char *list;    /* environment, " | ", command, joined with blanks; NULL: refused */
    const char *message; /* a part of the refusal; the service where it is read */
} ROWS[] = {
    {PROXY "    environment:\n      CONTAINERS: 1\n      POST: \"0\"\n", NULL, NULL,
     "CONTAINERS=1 POST=0 |", "p"},
    {PROXY "    environment:\n      - CONTAINERS=1\n      - LOG=a=b\n", NULL, NULL,
     "CONTAINERS=1 LOG=a=b |", "p"},
    {PROXY "    environment: {A: true, B: 'x y', C: \"\"}\n", NULL, NULL, "A=true B=x y C= |", "p"},
    {PROXY, NULL, NULL, " |", "p"},
    {PROXY "    environment:\n", NULL, NULL, " |", "p"},
    {PROXY "    environment: [A=1, A=0]\n", NULL, NULL, "A=0 |", "p"},
    /* The command as a list and as a text. */
    {PROXY "    command: ['-a=b c', -d]\n", NULL, NULL, " | -a=b c -d", "p"},
    {PROXY "    command: -a='b c'  -d \"e\\\" f\" ''\n", NULL, NULL, " | -a=b c -d e\" f ", "p"},
    {PROXY "    command: >-\n      -a\n      -b\n", NULL, NULL, " | -a -b", "p"},
    {PROXY "    command: -a 'b\n", NULL, NULL, NULL, "a quote in the command has no end"},
    {PROXY "    command: {a: b}\n", NULL, NULL, NULL, "neither a list nor a text"},
    /* Variables. */
    {PROXY "    environment: ['A=${X:-1}', 'B=${X-2}', 'C=${X:+3}', 'D=$$x']\n", NULL, NULL,
     "A=1 B=2 C= D=$x |", "p"},
    {PROXY "    environment: ['A=${X:-${Y:-1}}2']\n", NULL, NULL, "A=12 |", "p"},
    {PROXY "    environment: ['A=${X}', 'B=$X!', 'C=${X:-9}', 'D=${X+y}', 'E=${X:?no}']\n", NULL,
     "X=5\n", "A=5 B=5! C=5 D=y E=5 |", "p"},
    {PROXY "    environment: ['A=${X:-1}', 'B=${X-2}', 'C=${X}']\n", NULL, "X=\n", "A=1 B= C= |",
     "p"},
    {PROXY "    environment: ['A=${X}']\n", NULL, NULL, NULL,
     "line 4: the value of ${X} is not in the file and has no default; give it with --env-file"},
    {PROXY "    environment:\n      A: $X\n", NULL, NULL, NULL, "line 5: the value of ${X}"},
    {PROXY "    environment: ['A=${X:?must}']\n", NULL, NULL, NULL, "the value of ${X}"},
    {PROXY "    environment: ['A=${X']\n", NULL, NULL, NULL, "has no end"},
    {PROXY "    environment: ['A=${X!y}']\n", NULL, NULL, NULL, "no variable that Compose knows"},
    {PROXY "    environment: ['A=${}']\n", NULL, NULL, NULL, "no variable that Compose knows"},
    {PROXY "    environment: ['A=1$']\n", NULL, NULL, NULL, "stands alone"},
    {PROXY "    environment: ['A=${a:-${a:-${a:-${a:-${a:-${a:-${a:-${a:-${a:-1}}}}}}}}}']\n", NULL,
     NULL, NULL, "too deep"},
    {PROXY "    environment: [A]\n", NULL, NULL, NULL, "the value of A is not in the file"},
    {PROXY "    environment: {A: }\n", NULL, NULL, NULL, "the value of A is not in the file"},
    {PROXY "    environment: {A: null, B: '~'}\n", NULL, "A=7", "A=7 B=~ |", "p"},
    {PROXY "    env_file: x.env\n", NULL, NULL, NULL, "env_file"},
    {PROXY "    env_file: x.env\n    environment: [B=3]\n", NULL, "A=1\nB=2\n", "B=3 A=1 |", "p"},
    /* Anchors and merges. */
    {"x-e: &e {A: 1, B: 1}\n" PROXY "    environment:\n      B: 2\n      <<: *e\n", NULL, NULL,
     "B=2 A=1 |", "p"},
    {"x-e: &e {A: 1}\nx-f: &f {A: 2, C: 2}\n" PROXY "    environment:\n      <<: [*e, *f]\n", NULL,
     NULL, "A=1 C=2 |", "p"},
    {"x-s: &s\n  image: x/socket-proxy\n  environment: [A=1]\nservices:\n  q:\n    <<: *s\n", NULL,
     NULL, "A=1 |", "q"},
    {"x: &x\n  <<: *x\nservices: *x\n", NULL, NULL, NULL, "too large or too nested"},
    {"a: &a {x: 1}\nb: &b {<<: [*a, *a, *a, *a, *a, *a, *a, *a, *a]}\nc: &c {<<: [*b, *b, *b, *b, "
     "*b, *b, *b, *b, *b]}\nd: &d {<<: [*c, *c, *c, *c, *c, *c, *c, *c, *c]}\ne: &e {<<: [*d, *d, "
     "*d, *d, *d, *d, *d, *d, *d]}\nf: &f {<<: [*e, *e, *e, *e, *e, *e, *e, *e, *e]}\ng: &g {<<: "
     "[*f, *f, *f, *f, *f, *f, *f, *f, *f]}\nh: &h {<<: [*g, *g, *g, *g, *g, *g, *g, *g, "
     "*g]}\nservices: {p: {image: socket-proxy, environment: *h}}\n",
     NULL, NULL, NULL, "too large or too nested"},
    /* Which service. */
    {"services:\n  a: {image: nginx}\n  b: {image: tecnativa/docker-socket-proxy, environment: "
     "[X=1]}\n",
     NULL, NULL, "X=1 |", "b"},
    {"services:\n  a: {image: nginx, environment: [X=2]}\n  b: {image: socket-proxy}\n", "a", NULL,
     "X=2 |", "a"},
    {"services: {a: {image: nginx}, b: {build: .}}\n", NULL, NULL, NULL,
     "no service's image looks like a socket proxy's; name one with --service: a, b"},
    {"services: {a: {image: hectorm/cetusguard}, b: {image: x/dockgate}}\n", NULL, NULL, NULL,
     "more than one service's image looks like a socket proxy's; name one with --service: a, b"},
    {"services: {a: {image: nginx}}\n", "b", NULL, NULL, "no service \"b\"; there are a"},
    /* What is no Compose file, or not all of one. */
    {"", NULL, NULL, NULL, "empty"},
    {"a: b\n", NULL, NULL, NULL, "no \"services\""},
    {"services: [a]\n", NULL, NULL, NULL, "line 1: a mapping is expected here"},
    {"services:\n  a: 1\n", NULL, NULL, NULL, "line 2: a mapping is expected here"},
    {"a: [\n", NULL, NULL, NULL, "line "},
    {"\tx", NULL, NULL, NULL, "line 1"},
    {PROXY "---\na: b\n", NULL, NULL, NULL, "more than one document"},
    {PROXY "    extends: {service: x}\n", NULL, NULL, NULL, "extends"},
    {PROXY "    environment: {A: 1, A: 2}\n", NULL, NULL, NULL, "a key stands twice"},
    {PROXY "    environment: {A: 1}\n    environment: {A: 2}\n", NULL, NULL, NULL, "twice"},
    {PROXY "  p: {image: socket-proxy}\n", NULL, NULL, NULL, "twice"},
    {PROXY "    environment: {A: [1]}\n", NULL, NULL, NULL, "the value of a variable is no text"},
    {PROXY "    environment: [[A]]\n", NULL, NULL, NULL, "a variable is no text"},
    {PROXY "    environment: ['=1']\n", NULL, NULL, NULL, "no proper name"},
    {PROXY "    environment: [\"A=\\0\"]\n", NULL, NULL, NULL, "zero byte"},
    {PROXY "    environment: 1\n", NULL, NULL, NULL, "a mapping is expected here"},
    {PROXY "    environment: {[a]: 1}\n", NULL, NULL, NULL, "a key is no text"},
};

static void join(const struct text_list *list, char *out, size_t max)
{
    size_t len = strnlen(out, max);

    for (size_t i = 0; i < list->n && len < max; i++) {
        len += (size_t)snprintf(out + len, max - len, "%s%s", i == 0 ? "" : " ", list->at[i]);
    }
}

static void write_seed(size_t i)
{
    const char *folder = getenv("DOCKGATE_SEEDS");
    char path[512];

    if (folder == NULL) {
        return;
    }
    snprintf(path, sizeof(path), "%s/compose/row-%02zu", folder, i);
    FILE *out = fopen(path, "we");
    assert_non_null(out);
    fputs(ROWS[i].file, out);
    fclose(out);
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        struct text_list known = {NULL, 0};
        struct compose c;
        struct diag d = {{0}};
        char got[512] = "";

        write_seed(i);
        print_message("# row %zu: %s\n", i, ROWS[i].message);
        if (ROWS[i].known != NULL) {
            assert_true(envfile_read(slice_from_text(ROWS[i].known), &known, &d));
        }
        bool ok = compose_read(slice_from_text(ROWS[i].file), ROWS[i].service,
                               ROWS[i].known != NULL ? &known : NULL, &c, &d);
        if (ROWS[i].list == NULL) {
            assert_false(ok);
            if (strstr(d.text, ROWS[i].message) == NULL) {
                assert_string_equal(d.text, ROWS[i].message);
            }
        } else {
            assert_string_equal(d.text, "");
            assert_true(ok);
            join(&c.environment, got, sizeof(got));
            strncat(got, " | ", sizeof(got) - strnlen(got, sizeof(got)) - 1);
            join(&c.command, got, sizeof(got));
            if (c.command.n == 0) {
                got[strnlen(got, sizeof(got)) - 1] = '\0';
            }
            assert_string_equal(got, ROWS[i].list);
            assert_string_equal(c.service.at[0], ROWS[i].message);
        }
        compose_free(&c);
        text_list_free(&known);
    }
}

static const struct {
    const char *file;
    const char *list; /* NULL: refused */
    const char *message;
} ENV_ROWS[] = {
    {"A=1\nB=x y \n", "A=1 B=x y", ""},
    {"# c\n\n  A=1\r\nA=2\r\n", "A=2", ""},
    {"A=\nB=a=b#c", "A= B=a=b#c", ""},
    {"", "", ""},
    {"A", NULL, "line 1: A has no value here"},
    {"A=1\n=2\n", NULL, "line 2: this is no NAME=VALUE"},
    {"export A=1\n", NULL, "line 1: this is no NAME=VALUE"},
    {"A=\"1\"\n", NULL, "line 1: A: docker keeps these quotes"},
    {"A='1'\n", NULL, "quotes"},
};

static void test_env_file(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(ENV_ROWS) / sizeof(ENV_ROWS[0]); i++) {
        struct text_list list = {NULL, 0};
        struct diag d = {{0}};
        char got[512] = "";

        print_message("# env file %zu\n", i);
        bool ok = envfile_read(slice_from_text(ENV_ROWS[i].file), &list, &d);
        assert_int_equal(ok, ENV_ROWS[i].list != NULL);
        if (ok) {
            join(&list, got, sizeof(got));
            assert_string_equal(got, ENV_ROWS[i].list);
        } else {
            assert_non_null(strstr(d.text, ENV_ROWS[i].message));
        }
        text_list_free(&list);
    }
}

/* Too much of anything is refused, not cut. */
static void test_limits(void **state)
{
    static char file[256 * 1024];
    static const char head[] = PROXY "    environment:\n";
    size_t len = (size_t)snprintf(file, sizeof(file), "%s", head);
    struct compose c;
    struct diag d = {{0}};

    (void)state;
    for (size_t i = 0; i <= TEXT_LIST_MAX; i++) {
        len += (size_t)snprintf(file + len, sizeof(file) - len, "      - A%zu=1\n", i);
    }
    assert_false(compose_read(slice_of(file, len), NULL, NULL, &c, &d));
    assert_non_null(strstr(d.text, "too many variables"));
    compose_free(&c);

    len = (size_t)snprintf(file, sizeof(file), "%s", head);
    len += (size_t)snprintf(file + len, sizeof(file) - len, "      A: ");
    memset(file + len, 'x', 100000);
    assert_false(compose_read(slice_of(file, len + 100000), NULL, NULL, &c, &d));
    assert_non_null(strstr(d.text, "too long"));
    compose_free(&c);

    assert_false(compose_read(slice_of(file, COMPOSE_MAX + 1), NULL, NULL, &c, &d));
    assert_non_null(strstr(d.text, "too large"));
    compose_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows), cmocka_unit_test(test_env_file),
                                       cmocka_unit_test(test_limits)};
    return cmocka_run_group_tests_name("cli compose", tests, NULL, NULL);
}
