/* Names of hosts, through c-ares: the C library's own look-up loads shared objects, which a static
 * program doesn't have, and reads files, which the sandbox has closed. */
#include "net/resolver.h"

#include <ares.h>
#include <netinet/in.h>
#include <stdlib.h>

/* A name server that is silent is asked again after this, and then after twice as long. With two
 * of them all is over before a client has waited for too long (LIMIT_NAME_WAIT_MS). */
#define TIMEOUT_MS 700
#define TRIES      2

_Static_assert(RESOLVER_DESCRIPTORS == ARES_GETSOCK_MAXNUM, "as many as c-ares may name");

struct resolver;

/* One name. */
struct host {
    struct resolver *owner;
    const char *error; /* of the look-up under way */
    const char *known; /* of the last one that ended */
    char name[LIMIT_NAME + 1];
};

struct resolver {
    ares_channel channel;
    bool has_channel;
    size_t pending; /* names that are still being looked up */
    uint32_t ttl_s; /* of the look-up under way */
    uint32_t known_ttl_s;
    struct net_networks finding; /* the same */
    struct net_networks known;
    size_t n;
    struct host hosts[LIMIT_NAMES];
};

/* What only one source is asked for: "f", the file of hosts, or "b", the name servers. */
static bool open_channel(ares_channel *channel, const char *from, struct diag *d)
{
    /* Aliases are in a file that an environment variable names. */
    struct ares_options options = {
        .flags = ARES_FLAG_NOALIASES, .timeout = TIMEOUT_MS, .tries = TRIES};
    char lookups[2] = {from[0], '\0'}; /* copied by c-ares */

    options.lookups = lookups;
    int error = ares_init_options(
        channel, &options, ARES_OPT_FLAGS | ARES_OPT_LOOKUPS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES);
    return error == ARES_SUCCESS ||
           diag_set(d, "names of hosts can't be looked up: %s", ares_strerror(error));
}

/* Puts the addresses into `l`; the smallest time that one of them is good for. */
static uint32_t take(const struct ares_addrinfo *info, struct net_networks *l)
{
    uint32_t ttl_s = LIMIT_NAME_TTL_MAX_S;

    for (const struct ares_addrinfo_node *node = info->nodes; node != NULL; node = node->ai_next) {
        const struct sockaddr *address = node->ai_addr;
        bool ipv4 = address->sa_family == AF_INET;
        const void *bytes =
            ipv4 ? (const void *)&((const struct sockaddr_in *)(const void *)address)->sin_addr
                 : &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;

        /* Where there are too many some hosts are not let in, as if they were not there. */
        (void)((ipv4 || address->sa_family == AF_INET6) && net_networks_add(l, bytes, ipv4));
        if (node->ai_ttl >= 0 && (uint32_t)node->ai_ttl < ttl_s) {
            ttl_s = (uint32_t)node->ai_ttl;
        }
    }
    return ttl_s < LIMIT_NAME_TTL_MIN_S ? LIMIT_NAME_TTL_MIN_S : ttl_s;
}

static void ask(ares_channel channel, const char *name, ares_addrinfo_callback told, void *argument)
{
    const struct ares_addrinfo_hints hints = {
        .ai_flags = ARES_AI_NOSORT, .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};

    ares_getaddrinfo(channel, name, NULL, &hints, told, argument);
}

/* What the file of hosts has of one name. */
struct in_file {
    struct net_networks *fixed;
    bool found;
};

static void file_told(void *argument, int status, int timeouts, struct ares_addrinfo *info)
{
    struct in_file *f = argument;

    (void)timeouts;
    if (status == ARES_SUCCESS) {
        size_t before = f->fixed->n;
        (void)take(info, f->fixed); /* the file says nothing of time */
        f->found = f->fixed->n > before;
    }
    if (info != NULL) {
        ares_freeaddrinfo(info);
    }
}

/* Asks the file, which answers at once; who is not in it remains to be looked up. */
static bool read_hosts(const struct net_names *names, struct net_networks *fixed,
                       struct resolver *l, struct diag *d)
{
    ares_channel channel;

    if (!open_channel(&channel, "f", d)) {
        return false;
    }
    for (size_t i = 0; i < names->n; i++) {
        struct in_file f = {.fixed = fixed};

        ask(channel, names->at[i], file_told, &f);
        if (!f.found) {
            struct host *h = &l->hosts[l->n++];
            h->owner = l;
            h->known = "not looked up yet";
            memcpy(h->name, names->at[i], sizeof(h->name));
        }
    }
    ares_destroy(channel);
    return true;
}

bool resolver_new(const struct net_names *names, struct net_networks *fixed, struct resolver **l,
                  struct diag *d)
{
    struct resolver *made = calloc(1, sizeof(*made));

    *l = NULL;
    if (made == NULL || ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS) {
        free(made);
        return diag_set(d, "no memory for the names of hosts");
    }
    if (!read_hosts(names, fixed, made, d)) {
        resolver_free(made);
        return false;
    }
    if (made->n == 0) {
        resolver_free(made);
        return true;
    }
    made->has_channel = open_channel(&made->channel, "b", d);
    if (!made->has_channel) {
        resolver_free(made);
        return false;
    }
    *l = made;
    return true;
}

void resolver_free(struct resolver *l)
{
    if (l == NULL) {
        return;
    }
    if (l->has_channel) {
        ares_destroy(l->channel); /* what is under way is told that it has ended */
    }
    ares_library_cleanup();
    free(l);
}

static void end(struct resolver *l)
{
    l->known = l->finding;
    l->known_ttl_s = l->ttl_s;
    for (size_t i = 0; i < l->n; i++) {
        l->hosts[i].known = l->hosts[i].error;
    }
}

static void server_told(void *argument, int status, int timeouts, struct ares_addrinfo *info)
{
    struct host *h = argument;
    struct resolver *l = h->owner;

    (void)timeouts;
    h->error = status == ARES_SUCCESS ? NULL : ares_strerror(status);
    if (status == ARES_SUCCESS) {
        uint32_t ttl_s = take(info, &l->finding);
        l->ttl_s = ttl_s < l->ttl_s ? ttl_s : l->ttl_s;
    }
    if (info != NULL) {
        ares_freeaddrinfo(info);
    }
    if (--l->pending == 0) {
        end(l);
    }
}

void resolver_begin(struct resolver *l)
{
    l->finding.n = 0;
    l->ttl_s = LIMIT_NAME_TTL_MAX_S;
    l->pending = l->n; /* before the first one may end */
    for (size_t i = 0; i < l->n; i++) {
        ask(l->channel, l->hosts[i].name, server_told, &l->hosts[i]);
    }
}

bool resolver_busy(const struct resolver *l)
{
    return l->pending > 0;
}

nfds_t resolver_watch(struct resolver *l, struct pollfd p[RESOLVER_DESCRIPTORS], int *timeout_ms)
{
    ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
    struct timeval left;
    unsigned mask = (unsigned)ares_getsock(l->channel, sockets, ARES_GETSOCK_MAXNUM);
    nfds_t n = 0;

    for (unsigned i = 0; i < ARES_GETSOCK_MAXNUM; i++) {
        /* ares_getsock(3); its own macros shift a signed number too far. */
        bool reads = (mask & (1U << i)) != 0;
        bool writes = (mask & (1U << (i + ARES_GETSOCK_MAXNUM))) != 0;

        if (reads || writes) {
            p[n].fd = sockets[i];
            p[n].events = (short)((reads ? POLLIN : 0) | (writes ? POLLOUT : 0));
            p[n++].revents = 0;
        }
    }
    if (ares_timeout(l->channel, NULL, &left) != NULL) {
        int ms = (int)(left.tv_sec * 1000 + (left.tv_usec + 999) / 1000);
        *timeout_ms = *timeout_ms < 0 || ms < *timeout_ms ? ms : *timeout_ms;
    }
    return n;
}

void resolver_step(struct resolver *l, const struct pollfd *p, nfds_t n)
{
    for (nfds_t i = 0; i < n; i++) {
        short happened = p[i].revents;
        bool failed = (happened & (POLLERR | POLLHUP)) != 0;

        if (happened != 0) {
            ares_process_fd(l->channel,
                            failed || (happened & POLLIN) != 0 ? p[i].fd : ARES_SOCKET_BAD,
                            (happened & POLLOUT) != 0 ? p[i].fd : ARES_SOCKET_BAD);
        }
    }
    ares_process_fd(l->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD); /* what is late by now */
}

const struct net_networks *resolver_found(const struct resolver *l)
{
    return &l->known;
}

uint32_t resolver_ttl_s(const struct resolver *l)
{
    return l->known_ttl_s;
}

size_t resolver_count(const struct resolver *l)
{
    return l->n;
}

struct resolver_name resolver_name_at(const struct resolver *l, size_t i)
{
    return (struct resolver_name){l->hosts[i].name, l->hosts[i].known};
}
