/* What our check makes of the requests on standard input, for the tests in Python.
 * usage: requests_cases PROFILE [OPTION=WORDS]…
 * A case is four texts, each 4 bytes of length, big-endian, and that many bytes: "METHOD TARGET",
 * the Content-Type, "1" where a body is announced, the body. The answer: 4 bytes of status (200:
 * passed, as it is; 201: passed, written anew; else the refusal's), and a text in the same form:
 * the body, or why not. */
#include "api/match.h"
#include "http/target.h"
#include "inspect/requests.h"

#include <stdio.h>
#include <stdlib.h>

#define CASE_MAX (4 * 1024 * 1024)

static void die(const char *text)
{
    fprintf(stderr, "%s\n", text);
    exit(1);
}

static bool read_text(struct slice *text)
{
    unsigned char head[4];

    if (fread(head, 1, sizeof(head), stdin) != sizeof(head)) {
        return false;
    }
    size_t len = (size_t)head[0] << 24U | (size_t)head[1] << 16U | (size_t)head[2] << 8U | head[3];
    char *at = len > CASE_MAX ? NULL : malloc(len + 1);
    if (at == NULL || fread(at, 1, len, stdin) != len) {
        die("a case that is too long or cut off");
        return false;
    }
    *text = slice_of(at, len);
    return true;
}

static void free_text(struct slice text)
{
    free((char *)(uintptr_t)text.at);
}

static void put(unsigned status, struct slice text)
{
    unsigned numbers[] = {status, (unsigned)text.len};

    for (size_t i = 0; i < 2; i++) {
        for (unsigned shift = 32; shift > 0; shift -= 8) {
            putchar((int)(numbers[i] >> (shift - 8) & 255U));
        }
    }
    fwrite(text.at, 1, text.len, stdout);
}

static void answer(const struct requests_policy *p, struct slice line, struct slice type,
                   bool has_body, struct slice body)
{
    struct requests_refusal refusal = {.status = 0};
    struct http_target target;
    struct api_match match;
    size_t blank = slice_find(line, ' ');
    struct slice raw = slice_sub(line, blank + 1, line.len);
    char *path = malloc(raw.len + 1);
    char *out_at = malloc(body.len + requests_growth(p));
    struct buf out;

    if (path == NULL || out_at == NULL ||
        http_target_read(raw, path, &target) != HTTP_REFUSAL_NONE ||
        !api_match(slice_sub(line, 0, blank), target.path, &match)) {
        die("a case that is no operation");
        return;
    }
    struct requests_head head = {.operation = match.operation,
                                 .name = match.names[0],
                                 .content_type = type,
                                 .query = target.query,
                                 .has_body = has_body};
    buf_init(&out, out_at, body.len + requests_growth(p));
    bool ok = requests_check_head(p, &head, &refusal);
    bool checked = ok && requests_wants_body(match.operation);
    if (checked) {
        ok = requests_check_body(p, match.operation, body, &out, &refusal);
    }
    if (!ok) {
        put(refusal.status, slice_of(refusal.text, refusal.len));
    } else {
        put(checked ? 201 : 200, checked ? buf_slice(&out) : body);
    }
    free(path);
    free(out_at);
}

int main(int argc, char **argv)
{
    struct diag d = {{0}};
    struct slice text[4];

    if (argc < 2) {
        die("usage: requests_cases PROFILE [OPTION=WORDS]...");
    }
    struct requests_policy *p =
        requests_policy_new(slice_from_text(argv[1]), slice_from_text(argv[1]), &d);
    for (int i = 2; p != NULL && i < argc; i++) {
        struct slice word = slice_from_text(argv[i]);
        size_t equals = slice_find(word, '=');

        if (!requests_policy_set(p, slice_sub(word, 0, equals),
                                 slice_sub(word, equals + 1, word.len), &d)) {
            die(d.text);
        }
    }
    if (p == NULL) {
        die(d.text);
    }
    while (read_text(&text[0])) {
        if (!read_text(&text[1]) || !read_text(&text[2]) || !read_text(&text[3])) {
            die("a case that is cut off");
        }
        answer(p, text[0], text[1], text[2].len > 0, text[3]);
        for (size_t i = 0; i < 4; i++) {
            free_text(text[i]);
        }
    }
    requests_policy_free(p);
    return 0;
}
