/* The sample engine's world and how it reads in the Engine API: tables of things, and a function
 * for each answer. Only what clients print or insist on is there. */
#include "cli/demo_sample.h"

/* One container. Its id is `digit`, 64 times. */
struct container {
    struct slice name;
    struct slice image;
    struct slice line;    /* its command, as lists show it */
    struct slice command; /* and as a JSON array */
    struct slice ports;   /* JSON array */
    struct slice status;
    time_t age; /* seconds since it was created and started */
    unsigned pid;
    unsigned exit_code;
    bool running;
    char digit;
    char image_digit;
};

struct image {
    struct slice tag;
    char digit;
    unsigned long size;
    time_t age;
};

/* clang-format off */
static const struct container containers[] = {
    {{"web", 3}, {"nginx:1.25", 10}, {"nginx -g 'daemon off;'", 22},
     {"[\"nginx\",\"-g\",\"daemon off;\"]", 28},
     {"[{\"IP\":\"0.0.0.0\",\"PrivatePort\":80,\"PublicPort\":8080,\"Type\":\"tcp\"}]", 66},
     {"Up 2 hours", 10}, 7200, 4242, 0, true, 'a', '1'},
    {{"db", 2}, {"postgres:16", 11}, {"postgres", 8}, {"[\"postgres\"]", 12},
     {"[{\"PrivatePort\":5432,\"Type\":\"tcp\"}]", 35},
     {"Up 24 hours (healthy)", 21}, 86400, 4711, 0, true, 'b', '2'},
    {{"backup", 6}, {"busybox:1.36", 12}, {"sh -c 'tar c /data'", 19},
     {"[\"sh\",\"-c\",\"tar c /data\"]", 25},
     {"[]", 2}, {"Exited (0) 3 hours ago", 22}, 10800, 0, 0, false, 'c', '3'},
};

static const struct image images[] = {
    {{"nginx:1.25", 10},   '1', 187000000, 2592000},
    {{"postgres:16", 11},  '2', 432000000, 3456000},
    {{"busybox:1.36", 12}, '3', 4260000,   5184000},
};

static const struct slice log_lines[] = {
    {"sample: ready for start up\n", 27},
    {"sample: 192.0.2.10 \"GET / HTTP/1.1\" 200\n", 40},
    {"sample: 192.0.2.11 \"GET /favicon.ico HTTP/1.1\" 404\n", 51},
};
/* clang-format on */

#define NCONTAINERS (sizeof(containers) / sizeof(*containers))
#define NIMAGES     (sizeof(images) / sizeof(*images))
#define ID_DIGITS   64

static const char version_json[] =
    "{\"Platform\":{\"Name\":\"dockgate's sample engine\"},\"Components\":[{\"Name\":\"Engine\","
    "\"Version\":\"20.10.24-sample\",\"Details\":{\"ApiVersion\":\"1.41\",\"Arch\":\"amd64\","
    "\"BuildTime\":\"\",\"Experimental\":\"false\",\"GitCommit\":\"sample\",\"GoVersion\":\"none\","
    "\"KernelVersion\":\"sample\",\"MinAPIVersion\":\"1.12\",\"Os\":\"linux\"}}],"
    "\"Version\":\"20.10.24-sample\",\"ApiVersion\":\"1.41\",\"MinAPIVersion\":\"1.12\","
    "\"GitCommit\":\"sample\",\"GoVersion\":\"none\",\"Os\":\"linux\",\"Arch\":\"amd64\","
    "\"KernelVersion\":\"sample\",\"BuildTime\":\"\"}\n";

static const char info_json[] =
    "{\"ID\":\"SAMPLE\",\"Containers\":3,\"ContainersRunning\":2,\"ContainersPaused\":0,"
    "\"ContainersStopped\":1,\"Images\":3,\"Driver\":\"sample\",\"DriverStatus\":[],"
    "\"Plugins\":{\"Volume\":[\"local\"],\"Network\":[\"bridge\"],\"Authorization\":null,"
    "\"Log\":[\"json-file\"]},\"MemoryLimit\":true,\"SwapLimit\":true,\"KernelMemory\":true,"
    "\"CpuCfsPeriod\":true,\"CpuCfsQuota\":true,\"CPUShares\":true,\"CPUSet\":true,"
    "\"PidsLimit\":true,\"IPv4Forwarding\":true,\"BridgeNfIptables\":true,"
    "\"BridgeNfIp6tables\":true,\"OomKillDisable\":true,\"Debug\":false,\"NFd\":10,"
    "\"NGoroutines\":1,\"LoggingDriver\":\"json-file\",\"CgroupDriver\":\"systemd\","
    "\"CgroupVersion\":\"2\",\"NEventsListener\":0,\"KernelVersion\":\"sample\","
    "\"OperatingSystem\":\"dockgate's sample engine\",\"OSVersion\":\"\",\"OSType\":\"linux\","
    "\"Architecture\":\"x86_64\",\"RegistryConfig\":null,\"NCPU\":2,\"MemTotal\":4294967296,"
    "\"DockerRootDir\":\"/var/lib/docker\",\"Name\":\"sample\",\"Labels\":[],"
    "\"ExperimentalBuild\":false,\"ServerVersion\":\"20.10.24-sample\","
    "\"Runtimes\":{\"runc\":{\"path\":\"runc\"}},\"DefaultRuntime\":\"runc\","
    "\"Swarm\":{\"NodeID\":\"\",\"NodeAddr\":\"\",\"LocalNodeState\":\"inactive\","
    "\"ControlAvailable\":false,\"Error\":\"\",\"RemoteManagers\":null},\"LiveRestoreEnabled\":"
    "false,"
    "\"Isolation\":\"\",\"InitBinary\":\"\",\"ContainerdCommit\":{\"ID\":\"\",\"Expected\":\"\"},"
    "\"RuncCommit\":{\"ID\":\"\",\"Expected\":\"\"},\"InitCommit\":{\"ID\":\"\",\"Expected\":\"\"},"
    "\"SecurityOptions\":[\"name=seccomp,profile=default\"],\"Warnings\":null}\n";

static const char top_json[] =
    "{\"Titles\":[\"UID\",\"PID\",\"PPID\",\"C\",\"STIME\",\"TTY\",\"TIME\",\"CMD\"],"
    "\"Processes\":[[\"root\",\"4242\",\"4200\",\"0\",\"10:00\",\"?\",\"00:00:00\",\"sample\"]]}\n";

static const char exec_json[] =
    "{\"Running\":false,\"ExitCode\":0,\"ProcessConfig\":{\"tty\":false,\"entrypoint\":\"sample\","
    "\"arguments\":[],\"privileged\":false},\"OpenStdin\":false,\"OpenStderr\":true,"
    "\"OpenStdout\":true,\"CanRemove\":true,\"DetachKeys\":\"\",\"Pid\":4243}\n";

static const char volumes_json[] =
    "{\"Volumes\":[{\"CreatedAt\":\"2024-01-01T00:00:00Z\",\"Driver\":\"local\",\"Labels\":null,"
    "\"Mountpoint\":\"/var/lib/docker/volumes/db-data/_data\",\"Name\":\"db-data\","
    "\"Options\":null,\"Scope\":\"local\"}],\"Warnings\":null}\n";

static const char network_format[] =
    "{\"Name\":\"%s\",\"Id\":\"%s\",\"Created\":\"2024-01-01T00:00:00Z\",\"Scope\":\"local\","
    "\"Driver\":\"%s\",\"EnableIPv6\":false,\"IPAM\":{\"Driver\":\"default\",\"Options\":null,"
    "\"Config\":[]},\"Internal\":false,\"Attachable\":false,\"Ingress\":false,"
    "\"ConfigFrom\":{\"Network\":\"\"},\"ConfigOnly\":false,\"Containers\":{},\"Options\":{},"
    "\"Labels\":{}}";

/* ---- small things ---- */

static void put_text(struct buf *out, const char *text)
{
    buf_put(out, slice_from_text(text));
}

static void put_id(struct buf *out, char digit)
{
    for (unsigned i = 0; i < ID_DIGITS; i++) {
        buf_put_byte(out, digit);
    }
}

static void put_time(struct buf *out, time_t at)
{
    struct tm t;
    if (gmtime_r(&at, &t) != NULL) { /* strftime would bring 12 KB for this one line */
        (void)buf_putf(out, "%04d-%02d-%02dT%02d:%02d:%02dZ", t.tm_year + 1900, t.tm_mon + 1,
                       t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec);
    }
}

static void put_named(struct buf *out, const char *lead, struct slice value)
{
    put_text(out, lead);
    buf_put_json(out, value);
    buf_put_byte(out, '"');
}

static unsigned message_404(struct buf *out, const char *text, struct slice name)
{
    buf_put(out, SLICE("{\"message\":\""));
    put_text(out, text);
    buf_put_json(out, name);
    buf_put(out, SLICE("\"}\n"));
    return 404;
}

bool demo_query_is_true(struct slice query, struct slice name)
{
    struct slice pair;
    while (slice_next(&query, '&', &pair)) {
        size_t equals = slice_find(pair, '=');
        if (slice_equal(slice_sub(pair, 0, equals), name)) {
            struct slice value = slice_sub(pair, equals + 1, pair.len);
            return value.at != NULL && value.len > 0 && !slice_equal(value, SLICE("0")) &&
                   !slice_equal_nocase(value, SLICE("false"));
        }
    }
    return false;
}

/* Whether `s` is the beginning of an id of `digit`s. */
static bool is_short_id(struct slice s, char digit)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.at[i] != digit) {
            return false;
        }
    }
    return s.len > 0 && s.len <= ID_DIGITS;
}

static const struct container *find_container(struct slice name)
{
    for (size_t i = 0; i < NCONTAINERS; i++) {
        if (slice_equal(name, containers[i].name) || is_short_id(name, containers[i].digit)) {
            return &containers[i];
        }
    }
    return NULL;
}

bool demo_sample_has(struct slice container)
{
    return find_container(container) != NULL;
}

struct slice demo_sample_log(unsigned i)
{
    return log_lines[i % (sizeof(log_lines) / sizeof(*log_lines))];
}

void demo_sample_event(time_t now, struct buf *out)
{
    const struct container *c = &containers[0];
    buf_put(out, SLICE("{\"status\":\"health_status: healthy\",\"id\":\""));
    put_id(out, c->digit);
    put_named(out, "\",\"from\":\"", c->image);
    buf_put(
        out,
        SLICE(
            ",\"Type\":\"container\",\"Action\":\"health_status: healthy\",\"Actor\":{\"ID\":\""));
    put_id(out, c->digit);
    put_named(out, "\",\"Attributes\":{\"image\":\"", c->image);
    put_named(out, ",\"name\":\"", c->name);
    buf_putf(out, "}},\"scope\":\"local\",\"time\":%lld,\"timeNano\":%lld000000000}\n",
             (long long)now, (long long)now);
}

/* ---- answers ---- */

static unsigned fixed(struct buf *out, const char *text)
{
    put_text(out, text);
    return 200;
}

static void put_container_row(struct buf *out, const struct container *c, time_t now)
{
    buf_put(out, SLICE("{\"Id\":\""));
    put_id(out, c->digit);
    put_named(out, "\",\"Names\":[\"/", c->name);
    put_named(out, "],\"Image\":\"", c->image);
    buf_put(out, SLICE(",\"ImageID\":\"sha256:"));
    put_id(out, c->image_digit);
    put_named(out, "\",\"Command\":\"", c->line);
    buf_putf(out, ",\"Created\":%lld,\"Ports\":", (long long)(now - c->age));
    buf_put(out, c->ports);
    put_text(out, c->running ? ",\"Labels\":{},\"State\":\"running\""
                             : ",\"Labels\":{},\"State\":\"exited\"");
    put_named(out, ",\"Status\":\"", c->status);
    buf_put(out, SLICE(",\"HostConfig\":{\"NetworkMode\":\"default\"},"
                       "\"NetworkSettings\":{\"Networks\":{}},\"Mounts\":[]}"));
}

static unsigned container_list(const struct demo_question *q, struct buf *out)
{
    bool all = demo_query_is_true(q->query, SLICE("all"));
    size_t n = 0;
    buf_put_byte(out, '[');
    for (size_t i = 0; i < NCONTAINERS; i++) {
        if (all || containers[i].running) {
            if (n++ > 0) {
                buf_put_byte(out, ',');
            }
            put_container_row(out, &containers[i], q->now);
        }
    }
    buf_put(out, SLICE("]\n"));
    return 200;
}

static void put_state(struct buf *out, const struct container *c, time_t now)
{
    buf_putf(out,
             ",\"State\":{\"Status\":\"%s\",\"Running\":%s,\"Paused\":false,\"Restarting\":false,"
             "\"OOMKilled\":false,\"Dead\":false,\"Pid\":%u,\"ExitCode\":%u,\"Error\":\"\","
             "\"StartedAt\":\"",
             c->running ? "running" : "exited", c->running ? "true" : "false", c->pid,
             c->exit_code);
    put_time(out, now - c->age);
    buf_put(out, SLICE("\",\"FinishedAt\":\"0001-01-01T00:00:00Z\"}"));
}

static unsigned container_inspect(const struct demo_question *q, struct buf *out)
{
    const struct container *c = find_container(q->match->names[0]);
    if (c == NULL) {
        return message_404(out, "No such container: ", q->match->names[0]);
    }
    buf_put(out, SLICE("{\"Id\":\""));
    put_id(out, c->digit);
    buf_put(out, SLICE("\",\"Created\":\""));
    put_time(out, q->now - c->age);
    buf_put(out, SLICE("\",\"Path\":\"sample\",\"Args\":[]"));
    put_state(out, c, q->now);
    buf_put(out, SLICE(",\"Image\":\"sha256:"));
    put_id(out, c->image_digit);
    put_named(out, "\",\"Name\":\"/", c->name);
    buf_put(
        out,
        SLICE(
            ",\"RestartCount\":0,\"Driver\":\"sample\",\"Platform\":\"linux\",\"MountLabel\":\"\","
            "\"ProcessLabel\":\"\",\"AppArmorProfile\":\"\",\"ExecIDs\":null,"
            "\"HostConfig\":{\"Binds\":null,\"LogConfig\":{\"Type\":\"json-file\",\"Config\":{}},"
            "\"NetworkMode\":\"default\",\"RestartPolicy\":{\"Name\":\"no\","
            "\"MaximumRetryCount\":0},\"Privileged\":false},\"Mounts\":[],"
            "\"Config\":{\"Hostname\":\"sample\",\"User\":\"\",\"Tty\":false,\"OpenStdin\":false,"
            "\"Env\":[\"SAMPLE=1\"],\"Cmd\":"));
    buf_put(out, c->command);
    put_named(out, ",\"Image\":\"", c->image);
    buf_put(out, SLICE(",\"Labels\":{}},\"NetworkSettings\":{\"Ports\":{},\"Networks\":{}}}\n"));
    return 200;
}

static void put_image_row(struct buf *out, const struct image *image, time_t now)
{
    buf_put(out, SLICE("{\"Id\":\"sha256:"));
    put_id(out, image->digit);
    put_named(out, "\",\"ParentId\":\"\",\"RepoTags\":[\"", image->tag);
    buf_putf(
        out,
        "],\"RepoDigests\":[],\"Created\":%lld,\"Size\":%lu,\"VirtualSize\":%lu,\"SharedSize\":-1,"
        "\"Labels\":null,\"Containers\":-1}",
        (long long)(now - image->age), image->size, image->size);
}

static unsigned image_list(const struct demo_question *q, struct buf *out)
{
    buf_put_byte(out, '[');
    for (size_t i = 0; i < NIMAGES; i++) {
        if (i > 0) {
            buf_put_byte(out, ',');
        }
        put_image_row(out, &images[i], q->now);
    }
    buf_put(out, SLICE("]\n"));
    return 200;
}

static unsigned image_inspect(const struct demo_question *q, struct buf *out)
{
    for (size_t i = 0; i < NIMAGES; i++) {
        const struct image *image = &images[i];
        if (slice_equal(q->match->names[0], image->tag) ||
            is_short_id(q->match->names[0], image->digit)) {
            buf_put(out, SLICE("{\"Id\":\"sha256:"));
            put_id(out, image->digit);
            put_named(out, "\",\"RepoTags\":[\"", image->tag);
            buf_put(out, SLICE("],\"RepoDigests\":[],\"Created\":\""));
            put_time(out, q->now - image->age);
            buf_putf(out,
                     "\",\"Architecture\":\"amd64\",\"Os\":\"linux\",\"Size\":%lu,\"Config\":{"
                     "\"Env\":null,"
                     "\"Labels\":null},\"RootFS\":{\"Type\":\"layers\",\"Layers\":[]}}\n",
                     image->size);
            return 200;
        }
    }
    return message_404(out, "No such image: ", q->match->names[0]);
}

static unsigned network_list(const struct demo_question *q, struct buf *out)
{
    (void)q;
    static const char *const names[] = {"bridge", "host", "none"};
    static const char *const ids[] = {"d1", "d2", "d3"};
    static const char *const drivers[] = {"bridge", "host", "null"};
    for (size_t i = 0; i < 3; i++) {
        buf_put_byte(out, i == 0 ? '[' : ',');
        buf_putf(out, network_format, names[i], ids[i], drivers[i]);
    }
    buf_put(out, SLICE("]\n"));
    return 200;
}

/* An order to a container: done where there is such a container, and nothing more. */
static unsigned container_order(const struct demo_question *q, struct buf *out)
{
    return demo_sample_has(q->match->names[0])
               ? 204
               : message_404(out, "No such container: ", q->match->names[0]);
}

static unsigned container_top(const struct demo_question *q, struct buf *out)
{
    return demo_sample_has(q->match->names[0])
               ? fixed(out, top_json)
               : message_404(out, "No such container: ", q->match->names[0]);
}

/* What answers an operation: a fixed text, or a function. A row with neither answers without a
 * body. */
struct answer {
    enum operation_id operation;
    const char *text;
    unsigned (*make)(const struct demo_question *q, struct buf *out);
};

/* clang-format off */
static const struct answer answers[] = {
    {OPERATION_SYSTEM_VERSION,    version_json, NULL},
    {OPERATION_SYSTEM_INFO,       info_json,    NULL},
    {OPERATION_CONTAINER_LIST,    NULL,         container_list},
    {OPERATION_CONTAINER_INSPECT, NULL,         container_inspect},
    {OPERATION_CONTAINER_TOP,     NULL,         container_top},
    {OPERATION_CONTAINER_START,   NULL,         container_order},
    {OPERATION_CONTAINER_STOP,    NULL,         container_order},
    {OPERATION_CONTAINER_RESTART, NULL,         container_order},
    {OPERATION_CONTAINER_KILL,    NULL,         container_order},
    {OPERATION_CONTAINER_PAUSE,   NULL,         container_order},
    {OPERATION_CONTAINER_UNPAUSE, NULL,         container_order},
    {OPERATION_CONTAINER_RENAME,  NULL,         container_order},
    {OPERATION_CONTAINER_DELETE,  NULL,         container_order},
    {OPERATION_CONTAINER_RESIZE,  "",           NULL},
    {OPERATION_EXEC_INSPECT,      exec_json,    NULL},
    {OPERATION_EXEC_RESIZE,       "",           NULL},
    {OPERATION_IMAGE_LIST,        NULL,         image_list},
    {OPERATION_IMAGE_INSPECT,     NULL,         image_inspect},
    {OPERATION_NETWORK_LIST,      NULL,         network_list},
    {OPERATION_VOLUME_LIST,       volumes_json, NULL},
};
/* clang-format on */

unsigned demo_sample_answer(const struct demo_question *q, struct buf *out)
{
    for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++) {
        const struct answer *a = &answers[i];
        if (a->operation == q->match->operation) {
            return a->make == NULL ? fixed(out, a->text) : a->make(q, out);
        }
    }
    return message_404(out, "the sample engine does not do this", SLICE(""));
}
