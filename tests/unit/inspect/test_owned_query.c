/* Queries that name things, where clients have their own: what is asked about, what is sent on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "inspect/owned_query.h"

#include <stdlib.h>
/* after the above, which it needs */
#include <cmocka.h>

static const struct slice SHARED[] = {SLICE_INIT("busybox:*"), SLICE_INIT("common")};

static const struct owned_policy *alice(size_t nshared)
{
    static struct owned_policy p;
    struct diag d = {{0}};
    assert_true(owned_policy_init(&p, SLICE("alice"), (struct answers_list){SHARED, nshared}, &d));
    return &p;
}

/* `names`: "KIND NEED NAME;" of each; `sent`: the query with ids in the place of names, or what the
 * refusal begins with. */
struct row {
    enum operation_id op;
    const char *path;
    struct slice query;
    unsigned status; /* 200: passed */
    const char *names;
    const char *sent;
};

#define BUILD  OPERATION_IMAGE_BUILD
#define COMMIT OPERATION_IMAGE_COMMIT
#define CREATE OPERATION_IMAGE_CREATE
#define TAG    OPERATION_IMAGE_TAG
#define PUSH   OPERATION_IMAGE_PUSH
#define GET    OPERATION_IMAGE_GET
#define GETS   OPERATION_IMAGE_GET_ALL

#define STAMP   "%7B%22dockgate.owner%22%3A%22alice%22"
#define LABELS  "labels=" STAMP "%7D"
#define CHANGE  "changes=LABEL%20dockgate.owner%3Dalice"
#define UNCLEAR "the query can't be read in one way only"

/* clang-format off */
static const struct row ROWS[] = {
    /* What is built bears the owner's label, and no step comes from anybody else's image. */
    {BUILD, "", SLICE_INIT(""), 200, "", LABELS "&nocache=1"},
    {BUILD, "", SLICE_INIT("t=web&rm=1&dockerfile=a%2fb"), 200, "image give web:latest;", "t=web%3Alatest&rm=1&dockerfile=a%2fb&" LABELS "&nocache=1"},
    {BUILD, "", SLICE_INIT("t=r:5/a&t=b:2&t="), 200, "image give r:5/a:latest;image give b:2;", "t=r%3A5%2Fa%3Alatest&t=b%3A2&" LABELS "&nocache=1"},
    {BUILD, "", SLICE_INIT("labels={}&nocache="), 200, "", LABELS "&nocache=1"},
    {BUILD, "", SLICE_INIT("labels=null&cachefrom=null"), 200, "", LABELS "&cachefrom=%5B%5D&nocache=1"},
    {BUILD, "", SLICE_INIT("labels={%22a%22:%22b\\%22c%22,%22dockgate.owner%22:%22alice%22}"), 200, "", "labels=" STAMP "%2C%22a%22%3A%22b%5C%22c%22%7D&nocache=1"},
    {BUILD, "", SLICE_INIT("labels={%22dockgate.owner%22:%22bob%22}"), 403, "", "labels: dockgate.owner may only be alice"},
    {BUILD, "", SLICE_INIT("labels={%22dockgate.\\u006fwner%22:%22bob%22}"), 403, "", "labels: dockgate.owner may only be alice"},
    {BUILD, "", SLICE_INIT("labels={%22dockgate.owner%22:%22alice%22,%22dockgate.owner%22:%22bob%22}"), 400, "", "labels: it can't be read"},
    {BUILD, "", SLICE_INIT("labels={%22a%22:1}"), 400, "", "labels: a is no text"},
    {BUILD, "", SLICE_INIT("labels={%22dockgate.owner%22:null}"), 400, "", "labels: dockgate.owner is no text"},
    {BUILD, "", SLICE_INIT("labels=[]"), 400, "", "labels: it can't be read"},
    {BUILD, "", SLICE_INIT("labels={}&%6cabels={}"), 400, "", UNCLEAR},
    {BUILD, "", SLICE_INIT("cachefrom=[%22web%22,%22c:1%22]&nocache=0"), 200, "image use web;image use c:1;", "cachefrom=%5B%22ID0%22%2C%22ID1%22%5D&" LABELS "&nocache=0"},
    {BUILD, "", SLICE_INIT("cachefrom=[]"), 200, "", "cachefrom=%5B%5D&" LABELS "&nocache=1"},
    {BUILD, "", SLICE_INIT("cachefrom=[1]"), 400, "", "cachefrom: no name"},
    {BUILD, "", SLICE_INIT("cachefrom=[],%22b%22:[%22x%22]"), 400, "", "cachefrom: it can't be read"},
    {BUILD, "", SLICE_INIT("cachefrom={}"), 400, "", "cachefrom: no list"},
    {BUILD, "", SLICE_INIT("cachefrom=[]&cachefrom=[]"), 400, "", UNCLEAR},
    {BUILD, "", SLICE_INIT("pull=False"), 200, "", LABELS "&nocache=1"},
    {BUILD, "", SLICE_INIT("pull=0&pull=1"), 403, "", "pull: a build may not"},
    {BUILD, "", SLICE_INIT("version=1"), 200, "", "version=1&" LABELS "&nocache=1"},
    {BUILD, "", SLICE_INIT("version=2"), 403, "", "version: only the classic builder"},
    {BUILD, "", SLICE_INIT("networkmode=none"), 200, "", "networkmode=none&" LABELS "&nocache=1"},
    {BUILD, "", SLICE_INIT("networkmode=net"), 200, "network use net;", "networkmode=ID0&" LABELS "&nocache=1"},
    {BUILD, "", SLICE_INIT("networkmode=container:web"), 200, "container use web;", "networkmode=container%3AID0&" LABELS "&nocache=1"},
    {BUILD, "", SLICE_INIT("t=a;b"), 400, "", UNCLEAR},
    {BUILD, "", SLICE_INIT("t=%zz"), 400, "", UNCLEAR},
    {BUILD, "", SLICE_INIT("t=a@sha256:0"), 400, "", "\"a@sha256:0\" is no name with a tag"},
    {BUILD, "", SLICE_INIT("t=a%20b"), 400, "", "\"a b\" is no name"},
    {BUILD, "", SLICE_INIT("t=:a"), 400, "", "\":a\" is no name"},
    {BUILD, "", SLICE_INIT("t=a:b:c"), 400, "", "\"a:b:c\" is no name"},
    {BUILD, "", SLICE_INIT("t=a:"), 400, "", "\"a:\" is no name"},
    /* The label is the last line that the engine reads. */
    {COMMIT, "", SLICE_INIT("container=web"), 200, "container change web;", "container=ID0&" CHANGE},
    {COMMIT, "", SLICE_INIT("repo=a&container=web&changes=CMD+x&tag=1&changes=ENV%20a=b%20&pause=1"), 200, "container change web;image give a:1;", "container=ID0&changes=CMD+x&changes=ENV%20a=b%20&pause=1&" CHANGE "&repo=a&tag=1"},
    {COMMIT, "", SLICE_INIT("container=web&repo=a:2"), 200, "container change web;image give a:2;", "container=ID0&" CHANGE "&repo=a&tag=2"},
    {COMMIT, "", SLICE_INIT("container=web&changes=LABEL+dockgate.owner=bob"), 200, "container change web;", "container=ID0&changes=LABEL+dockgate.owner=bob&" CHANGE},
    {COMMIT, "", SLICE_INIT("container=web&changes=CMD+x+%5c"), 400, "", "changes: \"CMD x \\\\\" is no line"},
    {COMMIT, "", SLICE_INIT("container=web&changes=CMD+x+\\%09+"), 400, "", "changes: "},
    {COMMIT, "", SLICE_INIT("container=web&changes=CMD+x+`"), 400, "", "changes: "},
    {COMMIT, "", SLICE_INIT("container=web&changes=CMD+x%0aCMD+y"), 400, "", "changes: "},
    {COMMIT, "", SLICE_INIT("container=web&changes=ONBUILD+RUN+<<EOF"), 400, "", "changes: "},
    {COMMIT, "", SLICE_INIT("container=web&container=other"), 400, "", UNCLEAR},
    {COMMIT, "", SLICE_INIT("repo=a"), 400, "", "no container is named"},
    /* Imports as well. A pull takes a name from what has it. */
    {CREATE, "", SLICE_INIT("tag=1&platform=&fromImage=busybox"), 200, "image pull busybox:1;", "platform=&fromImage=busybox&tag=1"},
    {CREATE, "", SLICE_INIT("tag=1&platform=linux/arm64&fromImage=busybox"), 403, "", "platform: the tag's image is all clients'"},
    {CREATE, "", SLICE_INIT("tag=1&platform=&fromImage=busybox&platform=linux"), 403, "", "platform: the tag's image is all clients'"},
    {CREATE, "", SLICE_INIT("platform=linux&fromImage=a@sha256:0"), 200, "", "platform=linux&fromImage=a%40sha256%3A0"},
    {CREATE, "", SLICE_INIT("fromImage=r:5%2fa:1&tag="), 200, "image pull r:5/a:1;", "fromImage=r%3A5%2Fa%3A1"},
    {CREATE, "", SLICE_INIT("fromImage=a:1&tag=2"), 400, "", "a pull has one tag"},
    {CREATE, "", SLICE_INIT("fromImage=a@sha256:0"), 200, "", "fromImage=a%40sha256%3A0"},
    {CREATE, "", SLICE_INIT("fromImage=a&tag=sha256:0"), 200, "", "fromImage=a&tag=sha256%3A0"},
    {CREATE, "", SLICE_INIT("fromImage=a"), 403, "", "no tag is named"},
    {CREATE, "", SLICE_INIT("fromImage=a&tag=1&repo=b"), 400, "", "a pull has one tag"},
    {CREATE, "", SLICE_INIT("fromImage=a&tag=1&fromImage=b"), 400, "", UNCLEAR},
    {CREATE, "", SLICE_INIT("fromSrc=-&repo=a&changes=CMD+x"), 200, "image give a:latest;", "fromSrc=-&changes=CMD+x&" CHANGE "&repo=a&tag=latest"},
    {CREATE, "", SLICE_INIT("fromImage=&fromSrc=-"), 200, "", "fromSrc=-&" CHANGE},
    {CREATE, "", SLICE_INIT("fromSrc=-&repo=a&repo=b"), 400, "", UNCLEAR},
    /* One name, and the image itself, not its name, gets it. */
    {TAG, "web", SLICE_INIT("repo=a"), 200, "image change web;image give a:latest;", "repo=a&tag=latest"},
    {TAG, "web", SLICE_INIT("tag=2&repo=r:5/a:1&force=0"), 200, "image change web;image give r:5/a:2;", "force=0&repo=r%3A5%2Fa&tag=2"},
    {TAG, "web", SLICE_INIT("tag=2"), 400, "", "no name is given"},
    {TAG, "web", SLICE_INIT("repo=a&repo=b"), 400, "", UNCLEAR},
    {TAG, "web", SLICE_INIT("repo=a&tag=1/b"), 400, "", "\"a\" is no name"},
    /* Without a tag engines push all of that name, and save them. */
    {PUSH, "web", SLICE_INIT(""), 200, "image change web:latest;", "tag=latest"},
    {PUSH, "r:5/web", SLICE_INIT("tag=2"), 200, "image change r:5/web:2;", "tag=2"},
    {PUSH, "web:1", SLICE_INIT("tag="), 200, "image change web:1;", "tag=1"},
    {PUSH, "web:1", SLICE_INIT("x=%zz&tag=2"), 400, "", UNCLEAR},
    {PUSH, "web:1", SLICE_INIT("tag=2&tag=3"), 400, "", UNCLEAR},
    {GET, "web", SLICE_INIT(""), 200, "image use web:latest;", ""},
    {GET, "web:1", SLICE_INIT("platform=x"), 200, "image use web:1;", "platform=x"},
    {GET, "a@sha256:0", SLICE_INIT(""), 200, "image use a@sha256:0;", ""},
    {GET, "cafe", SLICE_INIT(""), 200, "image use cafe;", ""},
    {GET, "a b", SLICE_INIT(""), 400, "", "\"a b\" is no name"},
    {GETS, "", SLICE_INIT("names=web&names=cafe&names=r:5/b"), 200, "image use web:latest;image use cafe;image use r:5/b:latest;", "names=web%3Alatest&names=ID1&names=r%3A5%2Fb%3Alatest"},
    {GETS, "", SLICE_INIT("names=a,b"), 400, "", "\"a,b\" is no name"},
    {GETS, "", SLICE_INIT("names="), 400, "", "\"\" is no name"},
    {GETS, "", SLICE_INIT(""), 400, "", "no image is named"},
    /* Filters. */
    {OPERATION_IMAGE_PRUNE, "", SLICE_INIT(""), 200, "", "filters=%7B%22label%22%3A%7B%22dockgate.owner%3Dalice%22%3Atrue%7D%7D"},
    {OPERATION_IMAGE_PRUNE, "", SLICE_INIT("filters=[]"), 400, "", "the query's filters can't be read"},
    {OPERATION_CONTAINER_LIST, "", SLICE_INIT("filters={%22before%22:[%22web%22]}"), 200, "container use web;", "filters=%7B%22before%22%3A%7B%22ID0%22%3Atrue%7D%7D"},
    {OPERATION_IMAGE_LIST, "", SLICE_INIT("filters={%22since%22:[%22web%22]}"), 200, "image use web;", "filters=%7B%22since%22%3A%7B%22ID0%22%3Atrue%7D%7D"},
    {OPERATION_TASK_LIST, "", SLICE_INIT("filters={%22service%22:[%22web%22]}"), 200, "service use web;", "filters=%7B%22service%22%3A%7B%22ID0%22%3Atrue%7D%7D"},
};
/* clang-format on */

static void list_names(const struct owned_names *names, struct buf *out)
{
    static const char *const kinds[] = {"none",    "container", "exec",   "network",
                                        "volume",  "image",     "secret", "config",
                                        "service", "task",      "node"};
    static const char *const needs[] = {"use", "change", "give", "pull"};
    for (size_t i = 0; i < names->n; i++) {
        struct slice name = owned_ref_name(names, &names->ref[i]);
        assert_true(buf_putf(out, "%s %s %.*s;", kinds[names->ref[i].kind],
                             needs[names->ref[i].need], (int)name.len, name.at));
    }
}

/* What the gate does. */
static void resolve(struct owned_names *names)
{
    for (size_t i = 0; i < names->n; i++) {
        struct owned_ref *ref = &names->ref[i];
        struct buf b;
        ref->known = true;
        if (ref->by_id) {
            buf_init(&b, ref->id, sizeof(ref->id));
            assert_true(buf_putf(&b, "ID%zu", i));
            ref->id_len = (uint8_t)b.len;
        }
    }
}

static void check_row(const struct owned_policy *p, const struct row *row)
{
    static struct owned_names names;
    struct requests_refusal refusal = {.status = 200};
    size_t room = owned_query_room(row->query);
    char *at = malloc(room);
    char listed_at[512];
    struct buf listed;
    struct buf out;
    assert_non_null(at);
    names = (struct owned_names){.n = 0};
    assert_true(owned_rewrites(p, row->op, row->query));
    bool ok = true;
    for (int i = 0; ok && i < 2; i++) {
        buf_init(&out, at, room);
        ok = owned_put_query(p, row->op, slice_from_text(row->path), row->query, &names, &out,
                             &refusal);
        resolve(&names);
    }
    struct slice says = ok ? buf_slice(&out) : slice_of(refusal.text, refusal.len);
    struct slice wanted = slice_from_text(row->sent);
    if (refusal.status != row->status || !slice_starts_with(says, wanted) ||
        (ok && says.len != wanted.len)) {
        fail_msg("%s %.*s: %u\n %.*s\n not %s", row->path, (int)row->query.len, row->query.at,
                 refusal.status, (int)says.len, says.at, row->sent);
    }
    buf_init(&listed, listed_at, sizeof(listed_at));
    list_names(&names, &listed);
    if (ok && !slice_equal(buf_slice(&listed), slice_from_text(row->names))) {
        fail_msg("%s %.*s names %.*s", row->path, (int)row->query.len, row->query.at,
                 (int)listed.len, listed.at);
    }
    free(at);
}

static void test_queries(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        check_row(alice(2), &ROWS[i]);
    }
}

/* By a view: names are asked about, and nothing is stamped. */
/* clang-format off */
static const struct row SEEN[] = {
    {BUILD, "", SLICE_INIT("t=web&labels={}&nocache=0&pull=1&version=2&cachefrom=[%22c:1%22]&networkmode=net"), 200, "image give web:latest;image use c:1;network use net;", "t=web%3Alatest&labels={}&nocache=0&pull=1&version=2&cachefrom=%5B%22ID1%22%5D&networkmode=ID2"},
    {BUILD, "", SLICE_INIT(""), 200, "", ""},
    {COMMIT, "", SLICE_INIT("container=web&changes=CMD+x+%5c&repo=a"), 200, "container change web;image give a:latest;", "container=ID0&changes=CMD+x+%5c&repo=a&tag=latest"},
    {COMMIT, "", SLICE_INIT("container=web&container=x"), 400, "", UNCLEAR},
    {CREATE, "", SLICE_INIT("fromImage=a&tag=1"), 200, "image pull a:1;", "fromImage=a&tag=1"},
    {CREATE, "", SLICE_INIT("fromSrc=-&repo=a"), 200, "image give a:latest;", "fromSrc=-&repo=a&tag=latest"},
    {TAG, "web", SLICE_INIT("repo=a"), 200, "image change web;image give a:latest;", "repo=a&tag=latest"},
    {PUSH, "web", SLICE_INIT(""), 200, "image change web:latest;", "tag=latest"},
    {GETS, "", SLICE_INIT("names=web&names=cafe"), 200, "image use web:latest;image use cafe;", "names=web%3Alatest&names=ID1"},
    {OPERATION_IMAGE_PRUNE, "", SLICE_INIT("filters={}"), 200, "", "filters=%7B%22label%22%3A%7B%22team%3Da%22%3Atrue%7D%7D"},
    /* What the filters of a list name: engines tell a name that nothing has. */
    {OPERATION_CONTAINER_LIST, "", SLICE_INIT("all=1&limit=2"), 200, "", "all=1&limit=2"},
    {OPERATION_CONTAINER_LIST, "", SLICE_INIT("filters="), 200, "", ""},
    {OPERATION_CONTAINER_LIST, "", SLICE_INIT("filters={%22label%22:[%22a%22]}&all=1"), 200, "", "all=1&filters=%7B%22label%22%3A%7B%22a%22%3Atrue%7D%7D"},
    {OPERATION_CONTAINER_LIST, "", SLICE_INIT("filters={%22before%22:[%22web%22,%22/db%22],%22name%22:[%22x%22]}"), 200, "container use web;container use /db;", "filters=%7B%22before%22%3A%7B%22ID0%22%3Atrue%2C%22ID1%22%3Atrue%7D%2C%22name%22%3A%7B%22x%22%3Atrue%7D%7D"},
    {OPERATION_CONTAINER_LIST, "", SLICE_INIT("%66ilters={%22since%22:{%22web%22:false}}"), 200, "container use web;", "filters=%7B%22since%22%3A%7B%22ID0%22%3Atrue%7D%7D"},
    {OPERATION_CONTAINER_PS, "", SLICE_INIT("filters={%22since%22:{%22web%22:true}}"), 200, "container use web;", "filters=%7B%22since%22%3A%7B%22ID0%22%3Atrue%7D%7D"},
    {OPERATION_CONTAINER_LIST, "", SLICE_INIT("filters={}&filters={}"), 400, "", "the query's filters can't be read"},
    {OPERATION_CONTAINER_LIST, "", SLICE_INIT("filters={%22since%22:%22web%22}"), 400, "", "the query's filters can't be read"},
    {OPERATION_IMAGE_LIST, "", SLICE_INIT("filters={%22before%22:[%22web%22],%22reference%22:[%22x%22]}"), 200, "image use web;", "filters=%7B%22before%22%3A%7B%22ID0%22%3Atrue%7D%2C%22reference%22%3A%7B%22x%22%3Atrue%7D%7D"},
    {OPERATION_TASK_LIST, "", SLICE_INIT("filters={%22service%22:[%22web%22],%22node%22:[%22self%22]}"), 200, "service use web;node use self;", "filters=%7B%22service%22%3A%7B%22ID0%22%3Atrue%7D%2C%22node%22%3A%7B%22ID1%22%3Atrue%7D%7D"},
};
/* clang-format on */

static void test_seen(void **state)
{
    (void)state;
    static const struct slice label = SLICE_INIT("team=a");
    static const struct answers_settings settings = {.visible_labels = {&label, 1}};
    struct answers_policy *view = answers_policy_new(&settings);
    struct owned_policy p;
    assert_non_null(view);
    owned_policy_view(&p, view, &settings, false);
    for (size_t i = 0; i < sizeof(SEEN) / sizeof(SEEN[0]); i++) {
        check_row(&p, &SEEN[i]);
    }
    assert_false(owned_rewrites(&p, OPERATION_CONTAINER_LIST, SLICE(""))); /* the view narrows it */
    answers_policy_free(view);
}

/* The image itself is given another name, whatever its old one means by then. */
static void test_path_by_id(void **state)
{
    static const struct {
        enum operation_id op;
        const char *path;
        bool by_id;
    } rows[] = {{TAG, "web", true},    {GET, "cafe", true},    {GET, "web", false},
                {PUSH, "cafe", false}, {GET, "a:cafe", false}, {OPERATION_IMAGE_PRUNE, "", false}};
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        static struct owned_names names;
        struct requests_refusal refusal;
        char room[4096];
        struct buf out;
        names = (struct owned_names){.n = 0};
        buf_init(&out, room, sizeof(room));
        assert_true(owned_put_query(alice(2), rows[i].op, slice_from_text(rows[i].path),
                                    rows[i].op == TAG ? SLICE("repo=a") : SLICE(""), &names, &out,
                                    &refusal));
        assert_int_equal(names.n > 0 && names.ref[0].by_id, rows[i].by_id);
    }
}

/* Lists of containers are narrowed by the view alone where containers may be shared by name. */
static void test_lists(void **state)
{
    (void)state;
    assert_true(owned_rewrites(alice(1), OPERATION_CONTAINER_LIST, SLICE("")));
    assert_false(owned_rewrites(alice(2), OPERATION_CONTAINER_LIST, SLICE("")));
    assert_true(owned_rewrites(alice(2), OPERATION_CONTAINER_LIST, SLICE("all=1")));
    assert_false(owned_rewrites(alice(1), OPERATION_IMAGE_LIST, SLICE("")));
    assert_false(owned_rewrites(alice(1), OPERATION_NETWORK_LIST, SLICE("all=1")));
    assert_false(owned_rewrites(alice(1), OPERATION_CONTAINER_START, SLICE("all=1")));
}

static void test_too_many(void **state)
{
    (void)state;
    static struct owned_names names;
    static char room[65536];
    char query[1024];
    struct requests_refusal refusal = {.status = 0};
    struct buf b;
    struct buf out;
    buf_init(&b, query, sizeof(query));
    for (int i = 0; i <= OWNED_NAMES_MAX; i++) {
        buf_init(&out, room, sizeof(room));
        names = (struct owned_names){.n = 0};
        assert_int_equal(
            owned_put_query(alice(2), BUILD, SLICE(""), buf_slice(&b), &names, &out, &refusal),
            i <= OWNED_NAMES_MAX);
        assert_true(buf_putf(&b, "%st=a:%d", i > 0 ? "&" : "", i));
    }
    buf_init(&out, room, sizeof(room));
    names = (struct owned_names){.n = 0};
    assert_false(
        owned_put_query(alice(2), BUILD, SLICE(""), buf_slice(&b), &names, &out, &refusal));
    assert_int_equal(refusal.status, 400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_queries),    cmocka_unit_test(test_seen),
        cmocka_unit_test(test_path_by_id), cmocka_unit_test(test_lists),
        cmocka_unit_test(test_too_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
