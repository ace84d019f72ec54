/* Who gets which policy of a configuration file, for people: its clients in their order, which is
 * that in which they are tried. */
#include "cli/check.h"

#include <stdio.h>

/* What a client is known by is shown up to here; what has no room is left out. */
#define WHO_MAX 512

static void put_word(struct buf *b, const char *key, const struct tree_node *value)
{
    if (value != NULL) {
        (void)(buf_put(b, b->len > 0 ? SLICE(", ") : SLICE("")) &&
               buf_put(b, slice_from_text(key)) && buf_put_byte(b, ' ') &&
               buf_put_escaped(b, value->text));
    }
}

static void put_names(struct buf *b, const struct schema_texts *names, const char *between)
{
    for (size_t i = 0; i < names->n; i++) {
        (void)(buf_put(b, slice_from_text(i == 0 ? "" : between)) &&
               buf_put_escaped(b, names->at[i]->text));
    }
}

static void put_who(struct buf *b, const struct config_client *c)
{
    put_word(b, "listener", c->listener);
    if (c->cidr.n > 0) {
        (void)buf_put(b, b->len > 0 ? SLICE(", cidr ") : SLICE("cidr "));
        put_names(b, &c->cidr, " or ");
    }
    put_word(b, "uid", c->uid);
    put_word(b, "gid", c->gid);
    put_word(b, "container", c->container);
    put_word(b, "service", c->service);
    for (size_t i = 0; i < c->label.n; i++) {
        put_word(b, "label", c->label.at[i]);
    }
    if (c->name != NULL) {
        (void)(buf_put(b, SLICE(" (")) && buf_put_escaped(b, c->name->text) &&
               buf_put_byte(b, ')'));
    }
}

static void put_policy(struct buf *b, const struct config_client *c)
{
    if (c->policy != NULL) {
        (void)buf_put_escaped(b, c->policy->text);
    } else if (c->within != NULL) {
        (void)(buf_put_escaped(b, c->within->text) &&
               buf_put(b, SLICE(", of it what its label names")));
    } else {
        put_names(b, &c->by_label, " or ");
        (void)buf_put(b, SLICE(", as its label says"));
    }
}

static void print_row(const struct buf *who, const struct buf *gets)
{
    printf("%-48.*s  %.*s\n", (int)who->len, who->at, (int)gets->len, gets->at);
}

static void print_client(const struct config_client *c)
{
    char text[2][WHO_MAX];
    struct buf who;
    struct buf gets;

    buf_init(&who, text[0], WHO_MAX);
    buf_init(&gets, text[1], WHO_MAX);
    put_who(&who, c);
    put_policy(&gets, c);
    print_row(&who, &gets);
}

static void print_everybody(const struct config *c)
{
    struct slice gets = SLICE("deny");
    struct slice who = c->clients.n > 0 ? SLICE("everybody else") : SLICE("everybody");

    if (c->otherwise != NULL) {
        gets = c->otherwise->text;
    } else if (c->clients.n == 0 && c->policies.n == 1) {
        gets = config_policy_at(c, 0)->node->text;
    }
    printf("%-48.*s  %.*s\n", (int)who.len, who.at, (int)gets.len, gets.at);
}

static void print_fence(const struct config_listener *l)
{
    char text[WHO_MAX];
    struct buf names;

    if (l->policies.n > 0) {
        const struct tree_node *name = l->name != NULL ? l->name : l->address;
        buf_init(&names, text, sizeof(text));
        put_names(&names, &l->policies, ", ");
        printf("By listener %.*s nobody gets another one than %.*s.\n", (int)name->text.len,
               name->text.at, (int)names.len, text);
    }
}

void check_print_clients(const struct config *c)
{
    printf("%-48s  %s\n", "CLIENT", "POLICY");
    for (size_t i = 0; i < c->clients.n; i++) {
        print_client(config_client_at(c, i));
    }
    print_everybody(c);
    for (size_t i = 0; i < c->listeners.n; i++) {
        print_fence(config_listener_at(c, i));
    }
    puts(c->clients.n > 1 ? "The first that fits decides.\n" : "");
}
