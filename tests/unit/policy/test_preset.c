/* The table of presets and its look-ups, and lists of names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/option.h"
#include "policy/preset.h"
/* after the above, which it needs */
#include <cmocka.h>

static struct slice text(const char *s)
{
    return slice_from_text(s);
}

/* Each row is complete, in order, and found by its name; a preset grants whole options. */
static void test_table(void **state)
{
    (void)state;
    assert_true(preset_count() > 50);
    for (size_t i = 0; i < preset_count(); i++) {
        const struct preset *p = preset_get(i);
        assert_ptr_equal(preset_find(p->name), p);
        assert_true(p->name.len <= PRESET_NAME_MAX);
        assert_true(p->client.len != 0 && p->version.len != 0 && p->sentence.len != 0);
        assert_true(p->noperations != 0);
        if (i != 0) {
            struct slice before = preset_get(i - 1)->name;
            size_t shorter = before.len < p->name.len ? before.len : p->name.len;
            assert_true(memcmp(before.at, p->name.at, shorter) <= 0);
        }
        if (p->alias.len != 0) {
            assert_ptr_equal(preset_find(p->alias), p);
        }
        struct operation_set set = preset_operations(p);
        size_t n = 0;
        for (size_t op = 0; op < OPERATION_COUNT; op++) {
            struct preset_list one = {{p}, 1};
            bool has = operation_set_has(&set, (enum operation_id)op);
            assert_ptr_equal(preset_list_grants(&one, (enum operation_id)op), has ? p : NULL);
            n += has ? 1 : 0;
            for (size_t twin = 0; twin < op; twin++) {
                if (option_leaf((enum operation_id)op) == option_leaf((enum operation_id)twin)) {
                    assert_int_equal(has, operation_set_has(&set, (enum operation_id)twin));
                }
            }
        }
        assert_int_equal(n, p->noperations);
    }
}

static void test_lists(void **state)
{
    static const struct {
        const char *text;
        enum preset_list_result result;
        const char *names; /* of the list, or the wrong one */
    } rows[] = {
        {"traefik-docker", PRESET_LIST_OK, "traefik-docker"},
        {"traefik", PRESET_LIST_OK, "traefik-docker"},
        {"traefik,dozzle", PRESET_LIST_OK, "traefik-docker dozzle"},
        {"dozzle traefik", PRESET_LIST_OK, "dozzle traefik-docker"},
        {" dozzle ,, traefik, ", PRESET_LIST_OK, "dozzle traefik-docker"},
        {"watchtower,watchtower-monitor", PRESET_LIST_OK, "watchtower-monitor"},
        {"", PRESET_LIST_EMPTY, ""},
        {" , ", PRESET_LIST_EMPTY, ""},
        {"traefik,dozle", PRESET_LIST_UNKNOWN, "dozle"},
        {"Traefik", PRESET_LIST_UNKNOWN, "Traefik"},
        {"traefik;dozzle", PRESET_LIST_UNKNOWN, "traefik;dozzle"},
        {"autoheal beszel cadvisor crowdsec diun diun-swarm docker-gen dozzle glances homepage "
         "komodo lazydocker netdata ofelia vector wud",
         PRESET_LIST_OK,
         "autoheal beszel cadvisor crowdsec diun diun-swarm docker-gen dozzle glances homepage "
         "komodo lazydocker netdata ofelia vector wud"},
        {"autoheal beszel cadvisor crowdsec diun diun-swarm docker-gen dozzle glances homepage "
         "komodo lazydocker netdata ofelia vector wud zabbix",
         PRESET_LIST_LONG, "zabbix"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct preset_list list;
        struct slice wrong;
        assert_int_equal(preset_list_read(text(rows[i].text), &list, &wrong), rows[i].result);
        if (rows[i].result != PRESET_LIST_OK) {
            assert_true(slice_equal(wrong, text(rows[i].names)));
            continue;
        }
        struct slice rest = text(rows[i].names);
        for (size_t k = 0; k < list.n; k++) {
            assert_true(slice_starts_with(rest, list.at[k]->name));
            rest = slice_sub(rest, list.at[k]->name.len + 1, rest.len);
        }
        assert_int_equal(rest.len, 0);
    }
}

static void test_nearest(void **state)
{
    static const struct {
        const char *wanted;
        const char *nearest;
    } rows[] = {
        {"watchtowr", "watchtower"},   {"watchtower_update", "watchtower-update"},
        {"treafik", "traefik"},        {"Dozzle", "dozzle"},
        {"uptimekuma", "uptime-kuma"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_null(preset_find(text(rows[i].wanted)));
        assert_true(slice_equal(preset_nearest(text(rows[i].wanted)), text(rows[i].nearest)));
    }
    char longest[300];
    memset(longest, 'x', sizeof(longest));
    assert_int_equal(preset_nearest(slice_of(longest, sizeof(longest))).len, 0);
    assert_null(preset_find(slice_of(NULL, 0)));
}

/* Several presets: the first that grants an operation is named. */
static void test_grants(void **state)
{
    struct preset_list list;
    struct slice wrong;
    (void)state;
    assert_int_equal(preset_list_read(SLICE("traefik,dozzle"), &list, &wrong), PRESET_LIST_OK);
    assert_ptr_equal(preset_list_grants(&list, OPERATION_CONTAINER_LIST), list.at[0]);
    assert_ptr_equal(preset_list_grants(&list, OPERATION_CONTAINER_LOGS), list.at[1]);
    assert_null(preset_list_grants(&list, OPERATION_CONTAINER_CREATE));
    assert_null(preset_list_grants(&list, OPERATION_CONTAINER_PS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_nearest),
        cmocka_unit_test(test_grants),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
