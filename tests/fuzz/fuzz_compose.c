/* Compose files: whatever the bytes, the reader ends, and what it returns can stand in an
 * environment: each variable has a name, its text is complete, and none is there twice. The same
 * bytes are read as an env file, too. */
#include "fuzz.h"

#include "cli/compose.h"
#include "cli/envfile.h"

static void check_environment(const struct text_list *list)
{
    FUZZ_EXPECT(list->n <= TEXT_LIST_MAX);
    for (size_t i = 0; i < list->n; i++) {
        struct slice text = slice_from_text(list->at[i]);
        size_t equals = slice_find(text, '=');
        struct slice name = slice_sub(text, 0, equals);

        FUZZ_EXPECT(equals > 0 && equals < text.len);
        /* A look-up finds this very text: there is no other of that name before it. */
        FUZZ_EXPECT(text_list_get(list, name).at == text.at + equals + 1);
    }
    FUZZ_EXPECT(list->n == 0 || list->at[list->n] == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char known_text[] = "X=1";
    char *known_list[] = {known_text, NULL};
    struct text_list known = {known_list, 1};
    struct slice file = slice_of((const char *)data, size);
    struct text_list variables = {NULL, 0};
    struct compose c;
    struct diag d = {{0}};

    if (size > FUZZ_MAX) {
        return 0;
    }
    bool ok = compose_read(file, NULL, (size & 1U) != 0 ? &known : NULL, &c, &d);
    FUZZ_EXPECT(ok == (d.text[0] == '\0'));
    FUZZ_EXPECT(!ok || c.service.n == 1);
    check_environment(&c.environment);
    compose_free(&c);
    d.text[0] = '\0';
    ok = envfile_read(file, &variables, &d);
    FUZZ_EXPECT(ok == (d.text[0] == '\0'));
    check_environment(&variables);
    text_list_free(&variables);
    return 0;
}
