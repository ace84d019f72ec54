/* dockgate.yaml: what is refused with which words at which place, what a policy decides, and who
 * gets which. */
#include "cli/configuration.h"
#include "policy/grants.h"
#include "policy/label.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

/* 130 letters. */
#define TEN  "abcdefghij"
#define LONG TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

/* A file whose only policy is this. */
#define POLICY(text) "policies:\n  p:\n" text

/* clang-format off */
static const struct {
    const char *file;
    const char *says; /* one of the notes has it */
} REFUSED[] = {
    {"policies: {p: {allows: PING}}", "f.yaml:1:16: \"allows\" is no key of a policy; the nearest is allow"},
    {"polices: {}", "f.yaml:1:1: \"polices\" is no key of the configuration; the nearest is policies"},
    {"policies: {p: }\nclients: [{contaner: x, policy: p}]", "\"contaner\" is no key of a client; the nearest is container"},
    {"policies: {p: }\nclients: [{container: x}]", "f.yaml:2:11: a client needs its policy"},
    {"policies: {p: }\nclients: [{container: x, policy: p, by-label: p}]", "f.yaml:2:34: a client has policy, by-label or within, and not two of them"},
    {"policies: {p: }\nclients: [{container: x, policy: p, within: p}]", "f.yaml:2:34: a client has policy, by-label or within"},
    {"policies: {p: }\nclients: [{container: x, by-label: p, within: p}]", "f.yaml:2:47: a client has policy, by-label or within"},
    {"policies: {p: }\nclients: [{container: x, within: q}]", "f.yaml:2:34: there is no policy \"q\" below policies"},
    {"policies: {p: }\nclients: [{container: x, within: [p]}]", "within: expected is a name below policies"},
    {"policies: {p: }\nclients: [{service: x, by-label: [p, q]}]", "f.yaml:2:38: there is no policy \"q\" below policies"},
    {"policies: {p: }\nclients: [{policy: p}]", "container, service or label; for everybody else there is default"},
    {"policies: {p: {allow: CONTAINERS_STRAT}}", "f.yaml:1:23: \"CONTAINERS_STRAT\" is no option, operationId or METHOD /PATH; the nearest is CONTAINERS_START"},
    {"policies: {p: {allow: ContainerStrat}}", "the nearest is ContainerStart"},
    {"policies: {p: {allow: POST}}", "\"POST\" grants nothing by itself"},
    {"policies: {p: {allow: DESCRIPTIVE_ERRORS}}", "grants nothing by itself"},
    {"policies: {p: {allow: \"-\"}}", "is no option"},
    {POLICY("    allow:\n      - PING\n      - POST /containers/x/strat\n"), "f.yaml:5:9: \"POST /containers/x/strat\" is no operation of the API"},
    {POLICY("    allow: POST /containers/{id}/strat\n"), "the nearest path is /containers/{id}/start"},
    {POLICY("    allow: HEAD /containers/json\n"), "is no operation of the API"},
    {POLICY("    allow: GET /v1.41/info\n"), "leave the version out"},
    {POLICY("    allow: GET /containers/a%2fb/json\n"), "written decoded"},
    {POLICY("    allow: GET /containers/{id:app=shop}/json\n"), "in braces stands what the API calls the name, {id}, for any, or {label:KEY=VALUE}"},
    {POLICY("    allow: [PING, GET /containers/{label:app=shop}/json]\n"), "f.yaml:3:35: a text with { needs quotes here"},
    {POLICY("    allow: GET /containers/{labels:app}/json\n"), "in braces stands what the API calls the name"},
    {POLICY("    allow: [PING, 'GET /containers/{label:}/json']\n"), "f.yaml:3:19: \"GET /containers/{label:}/json\": a label has a key"},
    {POLICY("    allow: GET /containers/{label:=shop}/json\n"), "a label has a key, {label:KEY=VALUE}, or {label:KEY} for any value"},
    {POLICY("    allow: GET /containers/{label:app=shop-*}/json\n"), "f.yaml:3:12: \"*\" can't stand in {label:KEY=VALUE}: both are compared letter by letter, {label:KEY} takes any value"},
    {POLICY("    allow: GET /containers/{label:app=sho?}/json\n"), "\"?\" can't stand in"},
    {POLICY("    allow: GET /containers/{label:a{b}/json\n"), "\"{\" can't stand in"},
    {POLICY("    allow: 'GET /containers/{label: app}/json'\n"), "\" \" can't stand in"},
    {POLICY("    allow: \"GET /containers/{label:a=\\x1b}/json\"\n"), "\"\\x1b\" can't stand in"},
    {POLICY("    allow: \"GET /containers/{label:a=\\x7f}/json\"\n"), "\"\\x7f\" can't stand in"},
    {POLICY("    allow: GET /containers/{label:app=shop/json\n"), "a label ends with }, and has at most 128 bytes here"},
    {POLICY("    allow: GET /containers/{label:" LONG "=a}/json\n"), "and has at most 128 bytes here"},
    {POLICY("    allow: GET /containers/web-{label:app}/json\n"), "{label:KEY=VALUE} stands for a whole name"},
    {POLICY("    allow: GET /images/team/{label:app}/json\n"), "{label:KEY=VALUE} stands for a whole name"},
    {POLICY("    allow: GET /libpod/containers/{label:app}/json\n"), "f.yaml:3:12: \"GET /libpod/containers/{label:app}/json\": the engine can't be asked for labels of what this names; write {id}, or names. Labels go with containers,"},
    {POLICY("    allow: GET /plugins/{label:app}/json\n"), "can't be asked for labels of what this names"},
    {POLICY("    allow: GET /distribution/{label:app}/json\n"), "can't be asked for labels of what this names"},
    {POLICY("    allow: DELETE /containers/{label:app}/checkpoints/x\n"), "can't be asked for labels of what this names"},
    {POLICY("    allow: GET /containers/{label:app}/jsn\n"), "\"GET /containers/{label:app}/jsn\" is no operation of the API; the nearest path is /containers/{id}/json"},
    {POLICY("    allow: GET /v1.41/containers/{label:app}/json\n"), "leave the version out"},
    {POLICY("    deny: GET /containers/{label:app=shop}/json\n"), "deny can't name labels, it takes whole operations"},
    {POLICY("    query: {\"GET /containers/{label:app}/top\": {ps_args: aux}}\n"), "limits are for all names alike"},
    {POLICY("    allow: GET /containers/web-{id}/json\n"), "in braces stands"},
    {POLICY("    deny: GET /containers/web-*/json\n"), "deny can't name names"},
    {POLICY("    deny: GET /containers/web/json\n"), "deny can't name names"},
    {POLICY("    preset: watchtowr\n"), "f.yaml:3:13: \"watchtowr\" names no preset; the nearest is watchtower"},
    {POLICY("    mode: obsrve\n"), "f.yaml:3:11: mode: \"obsrve\"; expected is enforce|observe"},
    {POLICY("    allow: {PING: 1}\n"), "f.yaml:3:12: allow: expected is an option"},
    {POLICY("    allow: [[PING]]\n"), "allow: expected is an option"},
    {POLICY("    allow: [PING, ]\n    allow: INFO\n"), "f.yaml:4:5: this key stands twice in one mapping"},
    {POLICY("    allow: \"PI\\0NG\"\n"), "the value holds a zero byte"},
    {POLICY("    limits: {rte: 1}\n"), "\"rte\" is no key of limits; the nearest is rate"},
    {POLICY("    limits:\n      rate: 5\n      body: much\n"), "f.yaml:5:13: limits: body=much: write body=SIZE"},
    {POLICY("    limits: {burst: 3}\n"), "f.yaml:3:21: limits: burst has no meaning without rate"},
    {POLICY("    limits: {requests: 0, answer: 1X}\n"), "f.yaml:3:24: limits: requests=0: write requests=NUMBER, at most 1000000"},
    {POLICY("    limits: {requests: 0, answer: 1X}\n"), "f.yaml:3:35: limits: answer=1X: write answer=SIZE (such as 1M), at most 1125899906842624"},
    {POLICY("    answers:\n      redact:\n        - env\n        - tokns\n"), "f.yaml:6:11: answers.redact: \"tokns\": the nearest is tokens; accepted are all, env, keep:NAME, commands, labels, labels:PREFIX, binds, credentials, tokens, configs"},
    {POLICY("    answers: {redact: [envs, commands, \"to\\nkns\"]}\n"), "f.yaml:3:24: answers.redact: \"envs\": the nearest is env;"},
    {POLICY("    answers: {redact: [envs, commands, \"to\\nkns\"]}\n"), "f.yaml:3:40: answers.redact: \"to\\x0akns\": the nearest is tokens;"},
    {POLICY("    answers: {redact: [commands, 'keep:TZ']}\n"), "f.yaml:3:24: answers.redact: keep:TZ has no meaning without env or all"},
    {POLICY("    answers: {redact: 'labels:'}\n"), "f.yaml:3:23: answers.redact: a word ends where a value must follow"},
    {POLICY("    own: true\n    requests: {profile: safe}\n    answers: {redact: env, visible: label=a}\n"), "f.yaml:5:37: what is visible is what is owned"},
    {POLICY("    requests: {profile: save}\n"), "profile: \"save\"; expected is none|closed|safe|ci|sandbox"},
    {POLICY("    requests: {binds: /data}\n"), "f.yaml:3:15: requests: binds goes with a profile"},
    {POLICY("    requests: {profile: safe, binds: data}\n"), "f.yaml:3:38: requests.binds: data: accepted is an absolute path"},
    {POLICY("    query: {ContainerTp: {ps_args: aux}}\n"), "f.yaml:3:13: \"ContainerTp\" is no option, operationId or METHOD /PATH; the nearest is ContainerTop"},
    {POLICY("    query: {GET /containers/web-*/top: {ps_args: aux}}\n"), "limits are for all names alike"},
    {POLICY("    query: {ContainerTop: aux}\n"), "f.yaml:3:27: query: expected is operations with their parameters"},
    {POLICY("    query: [ContainerTop]\n"), "query: expected is operations with their parameters"},
    {POLICY("    query: {ContainerTop: {ps_args: {a: b}}}\n"), "query: expected is"},
    {POLICY("    query: {ContainerTop: {ps_args: }}\n"), "query: expected is"},
    {POLICY("    query: {ContainerTop: {'': aux}}\n"), "a parameter has a name"},
    {POLICY("    query:\n      ContainerTop:\n        psargs: ['', aux]\n"), "f.yaml:5:9: \"psargs\" is no parameter of ContainerTop; the nearest is ps_args; it has ps_args, delay, stream"},
    {POLICY("    query: {ContainerTop: {PS_ARGS: aux}}\n"), "f.yaml:3:28: \"PS_ARGS\" is no parameter of ContainerTop; the nearest is ps_args; it has"},
    {POLICY("    query: {\"GET /containers/{id}/top\": {signal: aux}}\n"), "f.yaml:3:42: \"signal\" is no parameter of GET /containers/{id}/top; it has ps_args, delay, stream"},
    {POLICY("    query: {ContainerTop: {ps_args: aux}, ContainerLogs: {tial: 1}}\n"), "\"tial\" is no parameter of ContainerLogs; the nearest is tail; it has follow, stdout"},
    {POLICY("    query: {ContainerPause: {signal: x}}\n"), "\"signal\" is no parameter of ContainerPause, which has none"},
    {POLICY("    query: {PING: {x: x}}\n"), "\"x\" is no parameter of PING, which has none"},
    {POLICY("    query: {CONTAINERS: {pathh: x}}\n"), "\"pathh\" is no parameter of CONTAINERS; the nearest is path"},
    {POLICY("    query: {ContainerStop: {timeout: 9}}\n"), "\"timeout\" is no parameter of ContainerStop; it has t, signal, ignore"},
    {POLICY("    query: {ContainerDelete: {volumes: x}}\n"), "\"volumes\" is no parameter of ContainerDelete; it has v, force, link, ignore"},
    {POLICY("    query: {VolumeUpdate: {versio: x}}\n"), "\"versio\" is no parameter of VolumeUpdate; the nearest is version; it has version"},
    {POLICY("    requests: {profile: safe, bind: /data}\n"), "f.yaml:3:31: \"bind\" is no key of requests; the nearest is binds"},
    {POLICY("    requests: {profile: safe, ports: [80, 9-8]}\n"), "f.yaml:3:43: requests.ports: 9-8: accepted is a port"},
    {POLICY("    requests: {profile: safe, capabilities: [CHOWN, CHOWNN]}\n"), "f.yaml:3:53: requests.capabilities: CHOWNN: accepted is a capability of Linux without CAP_, ALL or *; the nearest is CHOWN"},
    {POLICY("    requests: {profile: safe, restart: [any, alwys]}\n"), "f.yaml:3:46: requests.restart: alwys: accepted is always,unless-stopped,on-failure,any; the nearest is always"},
    {POLICY("    requests: {profile: safe, namespaces: pid:hst}\n"), "cgroupns:host,pid:container,ipc:container; the nearest is pid:host"},
    {POLICY("    requests: {profile: safe, memory: much}\n"), "f.yaml:3:39: requests.memory: much: accepted is bytes"},
    {POLICY("    requests: {profile: safe, privileged: 1}\n"), "privileged: \"1\"; expected is true|false"},
    {POLICY("    requests: {set: {read-only: true}}\n"), "requests: set goes with a profile"},
    {POLICY("    requests: {profile: safe, set: {labels: a}}\n"), "f.yaml:3:45: requests.set.labels: a: accepted is KEY=VALUE"},
    {POLICY("    requests: {profile: safe, set: {memory: 1g}}\n"), "\"memory\" is no key of set"},
    {POLICY("    requests: {profile: safe, unchecked: [ImageCommit, ImageLod]}\n"), "f.yaml:3:56: requests.unchecked: ImageLod is no operationId or option of one; the nearest is ImageLoad"},
    {POLICY("    requests: {profile: safe, unchecked: ContainerCreate}\n"), "requests.unchecked: ContainerCreate names no operation that can't be checked"},
    {POLICY("    requests: {profile: safe, unchecked: PLUGINS}\n"), "requests.unchecked: PLUGINS names no operation"},
    {POLICY("    answers: {visible: [label=a, web]}\n"), "f.yaml:3:34: answers.visible: \"web\": accepted are label=KEY, label=KEY=VALUE and name=GLOB, several with commas"},
    {"policies: {deny: {allow: PING}}", "a policy can't be called \"deny\""},
    {"policies: [p]", "policies: expected is a mapping"},
    {"[1, 2]", "f.yaml:1:1: expected is the configuration: a mapping of keys"},
    {"engine: docker.sock", "f.yaml:1:9: "},
    {"engine: [unix:///a]", "engine: expected is unix:///PATH or tcp://HOST:PORT"},
    {"engine:", "engine: expected is unix:///PATH"},
    {"engine: tcp://podmand", "f.yaml:1:9: "},
    {"engine: tcp://:2375", "the host is missing"},
    {"engine: tcp://podmand:2375\nlisteners: [{address: tcp://podmand:2375}]", "f.yaml:2:23: "},
    {"watch: maybe", "watch: \"maybe\"; expected is true|false"},
    {"listeners: [{name: a}]", "f.yaml:1:13: a listener needs its address"},
    {"listeners: {address: tcp://:1}", "listeners: expected is a list"},
    {"listeners: [{address: tcp://:1, mode: 0888}]", "mode: \"0888\"; expected is an octal mode"},
    {"listeners: [{address: tcp://:1, policies: [x]}]", "there is no policy \"x\" below policies"},
    {"listeners: [{address: tcp://:1, name: a}, {address: tcp://:2, name: a}]", "is called \"a\" as well"},
    {"listeners: [{address: tcp://:1, name: a}, {address: tcp://:1, name: b}]", "f.yaml:1:53: a listener before this one has the address \"tcp://:1\" as well"},
    {"clients: [{name: a, uid: 1, policy: deny}, {name: a, uid: 2, policy: deny}]", "f.yaml:1:51: a client before this one is called \"a\" as well"},
    {"engine: podmand", "f.yaml:1:9: address \"podmand\": neither"},
    {"version: 3", "\"version\" is no key of the configuration; `dockgate man 5 | man -l -` lists them"},
    {"policies:\n\tp: {}", "f.yaml:2:1: a tab: YAML is indented with blanks"},
    {"clients: [{uid: 1}]", "a client needs its policy"},
    {"clients: [{policy: deny}]", "a client needs something to be known by"},
    {"clients: [{uid: -1, policy: deny}]", "uid: \"-1\"; expected is the number of a user"},
    {"clients: [{uid: 4294967295, policy: deny}]", "uid: \"4294967295\""},
    {"clients: [{uid: root, policy: deny}]", "uid: \"root\""},
    {"clients: [{uid: 1, cidr: 10.0.0.0/8, policy: deny}]", "nobody has an IP address and a user at once"},
    {"clients: [{cidr: 10.0.0/8, policy: deny}]", "f.yaml:1:18: \"10.0.0/8\" is neither an IP address nor a network"},
    {"listeners: [{address: tcp://:1}]\nclients: [{listener: x, policy: deny}]", "there is no listener \"x\""},
    {"policies: {monitoring: }\ndefault: monitorng", "there is no policy \"monitorng\" below policies; the nearest is monitoring"},
    {"a: 1\n---\nb: 1", "there is more than one document"},
    {"policies: &a {}", "anchors and aliases are not taken"},
    {"policies: *a", "anchors and aliases are not taken"},
    {"policies: !!map {}", "tags are not taken"},
    {"? [a]\n: b", "a key must be a text"},
    {"policies: {p: ", "f.yaml:2:1: did not find"},
    {"\xff", "f.yaml"},
    {"policies: {p: {allow: NIX}}\nengine: nix", "NIX"},
};

/* Policies decide: names in the notes of decisions are the entries. */
static const struct {
    const char *policy; /* of which the lines are */
    const char *method;
    const char *target;
    enum verdict_kind verdict;
    const char *by;
} DECIDED[] = {
    {"",                                         "GET",  "/_ping",                      VERDICT_DENY,  "PING"},
    {"    allow: PING\n",                        "GET",  "/_ping",                      VERDICT_ALLOW, "PING"},
    {"    allow: PING\n",                        "GET",  "/v1.41/_ping",                VERDICT_ALLOW, "PING"},
    {"    allow: PING\n",                        "GET",  "/version",                    VERDICT_DENY,  "VERSION"},
    {"    allow: CONTAINERS\n",                  "GET",  "/containers/json",            VERDICT_ALLOW, "CONTAINERS"},
    {"    allow: CONTAINERS\n",                  "POST", "/containers/x/start",         VERDICT_DENY,  "CONTAINERS_START"},
    {"    allow: CONTAINERS_START\n",            "POST", "/containers/x/start",         VERDICT_ALLOW, "CONTAINERS_START"},
    {"    allow: ContainerStart\n",              "POST", "/containers/x/start",         VERDICT_ALLOW, "CONTAINERS_START"},
    {"    allow: POST /containers/{id}/start\n", "POST", "/containers/x/start",         VERDICT_ALLOW, "CONTAINERS_START"},
    {"    allow: [CONTAINERS]\n    deny: [CONTAINERS_ARCHIVE]\n", "GET", "/containers/x/archive", VERDICT_DENY, "CONTAINERS_ARCHIVE"},
    {"    allow: [CONTAINERS]\n    deny: GET /containers/{id}/archive\n", "HEAD", "/containers/x/archive", VERDICT_DENY, "CONTAINERS_ARCHIVE"},
    {"    allow: [ContainerStart]\n    deny: [ContainerStart]\n", "POST", "/containers/x/start", VERDICT_DENY, "CONTAINERS_START"},
    {"    allow: [POST /containers/x/start]\n    deny: [ContainerStart]\n", "POST", "/containers/x/start", VERDICT_DENY, "CONTAINERS_START"},
    {"    preset: docker-cli-readonly\n    deny: INFO\n", "GET", "/info",               VERDICT_DENY,  "INFO"},
    {"    preset: docker-cli-readonly\n",        "GET",  "/info",                       VERDICT_ALLOW, "preset:docker-cli-readonly"},
    {"    allow: POST /containers/web-*/start\n", "POST", "/containers/web-1/start",    VERDICT_ALLOW, "POST /containers/web-*/start"},
    {"    allow: POST /containers/web-*/start\n", "POST", "/v1.24/containers/web-1/start", VERDICT_ALLOW, "POST /containers/web-*/start"},
    {"    allow: POST /containers/web-*/start\n", "POST", "/containers/web%2d1/start",  VERDICT_ALLOW, "POST /containers/web-*/start"},
    {"    allow: POST /containers/web-*/start\n", "POST", "/containers/db/start",       VERDICT_DENY,  "CONTAINERS_START"},
    {"    allow: POST /containers/web-*/start\n", "POST", "/containers/xweb-1/start",   VERDICT_DENY,  "CONTAINERS_START"},
    {"    allow: POST /containers/web-*/start\n", "POST", "/containers/web-1/stop",     VERDICT_DENY,  "CONTAINERS_STOP"},
    {"    allow: POST /containers/web-*/start\n", "POST", "/containers/web-1%2fstart/start", VERDICT_DENY, "CONTAINERS_START"},
    {"    allow: [POST /containers/a-x/start, POST /containers/y-*/start]\n", "POST", "/containers/y-/start", VERDICT_ALLOW, "POST /containers/y-*/start"},
    {"    allow: CONTAINERS_TOP\n    query: {\"GET /containers/{id}/top\": {ps_args: [aux, -ef]}}\n", "GET", "/containers/a/top?ps_args=aux", VERDICT_ALLOW, "CONTAINERS_TOP"},
    {"    allow: CONTAINERS_TOP\n    query: {ContainerTop: {ps_args: [aux, -ef]}}\n", "GET", "/containers/a/top?ps_args=auxe", VERDICT_DENY, "query.ps_args"},
    {"    allow: CONTAINERS_TOP\n    query: {ContainerTop: {ps_args: [aux, '']}}\n", "GET", "/v1.41/containers/a%2db/top", VERDICT_ALLOW, "CONTAINERS_TOP"},
    {"    allow: CONTAINERS_TOP\n    query: {ContainerTop: {ps_args: [aux]}}\n", "GET", "/containers/a/top", VERDICT_DENY, "query.ps_args"},
    {"    allow: GET /containers/web-*/top\n    query: {CONTAINERS_TOP: {ps_args: aux, stream: \"*\"}}\n", "GET", "/containers/web-1/top?ps_args=x", VERDICT_DENY, "query.ps_args"},
    {"    query: {CONTAINERS_TOP: {ps_args: aux}}\n", "GET", "/containers/web-1/top?ps_args=x", VERDICT_DENY, "CONTAINERS_TOP"},
    {"    allow: CONTAINERS_ARCHIVE\n    query: {ContainerArchive: {path: /data/**}}\n", "HEAD", "/containers/a/archive?path=/etc", VERDICT_DENY, "query.path"},
    {"    allow: CONTAINERS\n    query: {CONTAINERS: {path: /data/**}}\n", "GET", "/containers/a/archive?path=/etc", VERDICT_DENY, "query.path"},
    {"    allow: LIBPOD_CONTAINERS_TOP\n    query: {ContainerTopLibpod: {whatever: a}}\n", "GET", "/libpod/containers/a/top?whatever=b", VERDICT_DENY, "query.whatever"},
    {"    allow: GET /images/team/*/json\n",     "GET",  "/images/team/app/json",       VERDICT_ALLOW, "GET /images/team/*/json"},
    {"    allow: GET /images/team/*/json\n",     "GET",  "/images/team/a/b/json",       VERDICT_DENY,  "IMAGES_INSPECT"},
    {"    allow: GET /images/team/**/json\n",    "GET",  "/images/team/a/b/json",       VERDICT_ALLOW, "GET /images/team/**/json"},
    {"    allow: GET /containers/{label:app=shop}/logs\n", "GET", "/v1.41/containers/x/logs?stdout=1", VERDICT_ASK, "GET /containers/{label:app=shop}/logs"},
    {"    allow: GET /containers/{label:app=shop}/logs\n", "HEAD", "/containers/x/logs",       VERDICT_ASK,   "GET /containers/{label:app=shop}/logs"},
    {"    allow: GET /containers/{label:app=shop}/logs\n", "GET", "/containers/x/top",         VERDICT_DENY,  "CONTAINERS_TOP"},
    {"    allow: GET /containers/{label:app=shop}/archive\n", "HEAD", "/containers/x/archive", VERDICT_DENY,  "CONTAINERS_ARCHIVE"},
    {"    allow: HEAD /containers/{label:app=shop}/archive\n", "HEAD", "/containers/x/archive", VERDICT_ASK, "HEAD /containers/{label:app=shop}/archive"},
    {"    allow: GET /containers/{label:com.example/app=/a b%=c:d}/logs\n", "GET", "/containers/x/logs", VERDICT_ASK, "GET /containers/{label:com.example/app=/a b%=c:d}/logs"},
    {"    allow: [\"GET /nodes/{label:a}\", \"POST /nodes/{label:a}/update\"]\n", "GET", "/nodes/self", VERDICT_ASK, "GET /nodes/{label:a}"},
    {"    allow: GET /containers/{label:a}/resize\n", "GET", "/containers/x/resize",              VERDICT_ASK,   "GET /containers/{label:a}/resize"},
    {"    allow: POST /exec/{label:a=}/start\n",    "POST", "/exec/1/start",                 VERDICT_ASK,   "POST /exec/{label:a=}/start"},
    /* whatever else grants it, wherever it stands, costs no question */
    {"    allow: [\"POST /containers/{label:a}/stop\", POST /containers/web-*/stop]\n", "POST", "/containers/web-1/stop", VERDICT_ALLOW, "POST /containers/web-*/stop"},
    {"    allow: [\"POST /containers/{label:a}/stop\", POST /containers/web-*/stop]\n", "POST", "/containers/db/stop", VERDICT_ASK, "POST /containers/{label:a}/stop"},
    {"    allow: [\"POST /containers/{label:a}/stop\", CONTAINERS_STOP]\n", "POST", "/containers/db/stop", VERDICT_ALLOW, "CONTAINERS_STOP"},
    {"    allow: [\"POST /containers/{label:a}/stop\"]\n    deny: CONTAINERS_STOP\n", "POST", "/containers/db/stop", VERDICT_DENY, "CONTAINERS_STOP"},
    {"    allow: [\"GET /containers/{label:a}/top\"]\n    query: {CONTAINERS_TOP: {ps_args: aux}}\n", "GET", "/containers/x/top?ps_args=e", VERDICT_DENY, "query.ps_args"},
    {"    allow: [\"GET /containers/{label:a}/top\"]\n    query: {CONTAINERS_TOP: {ps_args: aux}}\n", "GET", "/containers/x/top?ps_args=aux", VERDICT_ASK, "GET /containers/{label:a}/top"},
};

static const char CLIENTS[] =
    "listeners:\n"
    "  - {address: unix:///run/a.sock, name: local}\n"
    "  - {address: tcp://:1, policies: [reads]}\n"
    "clients:\n"
    "  - {listener: local, uid: 7, policy: writes}\n"
    "  - {listener: tcp://:1, cidr: [10.1.0.0/16, fd00::/8], policy: reads}\n"
    "  - {cidr: 10.2.0.0/16, policy: writes}\n"
    "  - {gid: 9, policy: deny}\n"
    "default: others\n"
    "policies: {reads: , writes: , others: }\n";

#define LOCAL(listener, uid, gid) {{{uid}, PEER_UNIX}, 1, gid, listener}
#define IPV4(listener, a, b, c, d) {{{a, b, c, d}, PEER_IPV4}, 1, 0, listener}

static const struct {
    struct caller who;
    const char *gets;
} CALLERS[] = {
    {LOCAL(0, 7, 1),       "writes"},
    {LOCAL(0, 8, 1),       "others"},
    {LOCAL(0, 8, 9),       "deny"},
    {LOCAL(0, 7, 9),       "writes"},
    {IPV4(1, 10, 1, 0, 1), "reads"},
    {IPV4(1, 10, 2, 0, 1), "deny"}, /* the listener may not have it, nor the default */
    {IPV4(1, 10, 3, 0, 1), "deny"},
    {IPV4(0, 10, 2, 0, 1), "writes"},
};
/* clang-format on */

static struct policy_notes notes;

static struct configuration *make(const char *file)
{
    struct configuration_input in = {
        .name = SLICE("f.yaml"), .file = slice_from_text(file), .mode = -1};

    policy_notes_init(&notes);
    return configuration_new(&in, &notes);
}

static bool is_said(const char *text)
{
    for (size_t i = 0; i < notes.n; i++) {
        struct slice t = notes.note[i].text;
        if (memmem(t.at, t.len, text, slice_from_text(text).len) != NULL) {
            return true;
        }
    }
    return false;
}

static void test_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(REFUSED) / sizeof(REFUSED[0]); i++) {
        struct configuration *c = make(REFUSED[i].file);
        if (c != NULL || notes.nerrors == 0 || !is_said(REFUSED[i].says)) {
            print_error("row %zu: %s\n", i, REFUSED[i].says);
            for (size_t k = 0; k < notes.n; k++) {
                print_error("  %.*s\n", (int)notes.note[k].text.len, notes.note[k].text.at);
            }
            fail();
        }
    }
}

static void test_decided(void **state)
{
    (void)state;
    char file[512];
    char path[256];
    for (size_t i = 0; i < sizeof(DECIDED) / sizeof(DECIDED[0]); i++) {
        (void)snprintf(file, sizeof(file), POLICY("%s"), DECIDED[i].policy);
        struct configuration *c = make(file);
        struct policy_room room = {path, NULL};
        if (c == NULL) {
            print_error("row %zu: %.*s\n", i, (int)notes.note[0].text.len, notes.note[0].text.at);
            fail();
            return;
        }
        struct verdict v = policy_decide(&c->policies[0], slice_from_text(DECIDED[i].method),
                                         slice_from_text(DECIDED[i].target), &room);
        struct slice by = verdict_decided_by(&v);
        if (v.kind != DECIDED[i].verdict || !slice_equal(by, slice_from_text(DECIDED[i].by))) {
            print_error("row %zu: %d by %.*s\n", i, v.kind, (int)by.len, by.at);
            fail();
        }
        configuration_free(c);
    }
}

/* Which labels a request is still to be asked about: those of its operation that decide. */
static void test_labels(void **state)
{
    (void)state;
    struct configuration *c = make(POLICY("    allow:\n"
                                          "      - POST /containers/{label:app=shop}/stop\n"
                                          "      - POST /containers/{label:app}/start\n"
                                          "      - POST /containers/web-*/stop\n"
                                          "      - POST /containers/{label:tier}/kill\n"
                                          "      - POST /containers/{label:tier=}/stop\n"
                                          "      - POST /containers/{label:a=b=c}/stop\n"
                                          "    deny: CONTAINERS_KILL\n"));
    char path[64];
    char words[128];
    struct policy_room room = {path, NULL};
    struct buf b;

    assert_non_null(c);
    assert_int_equal(c->policies[0].names->n, 5);
    struct verdict v =
        policy_decide(&c->policies[0], SLICE("POST"), SLICE("/containers/x/stop"), &room);
    assert_int_equal(v.kind, VERDICT_ASK);
    assert_false(verdict_passes(v.kind));
    buf_init(&b, words, sizeof(words));
    name_rule_put_labels(v.label, &b);
    assert_true(slice_equal(buf_slice(&b), SLICE("label app=shop or label tier= or label a=b=c")));
    /* Observing, it is still to be asked; what narrows the policy narrows it. */
    verdict_observe(&v);
    assert_int_equal(v.kind, VERDICT_ASK);
    v = policy_decide(&c->policies[0], SLICE("POST"), SLICE("/containers/x/start"), &room);
    assert_true(slice_equal(v.label->label, SLICE("app")) && v.label->next == NULL);
    struct label l;
    assert_true(label_read(SLICE("CONTAINERS_START"), &l));
    label_narrow(&l, &v);
    assert_int_equal(v.kind, VERDICT_ASK);
    assert_true(label_read(SLICE("CONTAINERS_STOP"), &l));
    label_narrow(&l, &v);
    assert_int_equal(v.kind, VERDICT_DENY);
    assert_true(v.by_label);
    configuration_free(c);
    /* No more than a few are told. */
    c = make(POLICY(
        "    allow: ['GET /volumes/{label:a}', 'GET /volumes/{label:b}', 'GET /volumes/{label:c}', "
        "'GET /volumes/{label:d}', 'GET /volumes/{label:e}', 'GET /volumes/{label:f}']\n"));
    assert_non_null(c);
    v = policy_decide(&c->policies[0], SLICE("GET"), SLICE("/volumes/x"), &room);
    buf_init(&b, words, sizeof(words));
    name_rule_put_labels(v.label, &b);
    assert_true(
        slice_equal(buf_slice(&b), SLICE("label a or label b or label c or label d or others")));
    configuration_free(c);
}

static const struct clients_more NOTHING = {.groups = NULL};

static void test_callers(void **state)
{
    (void)state;
    struct configuration *c = make(CLIENTS);
    assert_non_null(c);
    for (size_t i = 0; i < sizeof(CALLERS) / sizeof(CALLERS[0]); i++) {
        const struct gate_policy *p =
            gate_clients_find(&c->clients, &CALLERS[i].who, &NOTHING).policy;
        if (!slice_equal(p->name, slice_from_text(CALLERS[i].gets))) {
            print_error("row %zu: %.*s\n", i, (int)p->name.len, p->name.at);
            fail();
        }
    }
    configuration_free(c);
}

/* Rows by container, of which one that lets the container choose makes a row a policy, and
 * listeners fence each of them. */
static void test_containers(void **state)
{
    (void)state;
    struct configuration *c =
        make("listeners:\n  - {address: unix:///run/a.sock, name: local}\n"
             "  - {address: tcp://:1, policies: [reads]}\n"
             "clients:\n  - {service: s, container: w*, label: [a=b, c], policy: reads}\n"
             "  - {by-label: [reads, writes]}\npolicies: {reads: , writes: }\n");
    assert_non_null(c);
    assert_true(c->clients.by_container);
    assert_false(c->clients.by_gid);
    assert_true(c->clients.n >= 3);
    const struct gate_client *row = c->clients.at;
    assert_int_equal(row->by, GATE_CLIENT_LISTENER | GATE_CLIENT_CONTAINER);
    assert_true(slice_equal(row->container->name, SLICE("w*")));
    assert_true(slice_equal(row->container->service, SLICE("s")));
    assert_int_equal(row->container->nlabels, 2);
    assert_true(slice_equal(row->container->labels[0], SLICE("a=b")));
    assert_int_equal(row->listeners, 3);
    for (size_t i = 1; i < 3; i++) {
        assert_int_equal(row[i].by,
                         GATE_CLIENT_LISTENER | GATE_CLIENT_CONTAINER | GATE_CLIENT_CHOSEN);
        assert_int_equal(row[i].container->name.len, 0);
        assert_int_equal(row[i].listeners, i == 1 ? 3 : 1);
    }
    configuration_free(c);
    c = make("clients:\n  - {label: a, cidr: [10.1.0.0/16, 10.2.0.0/16], within: reads}\n"
             "  - {within: writes}\npolicies: {reads: , writes: }\n");
    assert_non_null(c);
    assert_true(c->clients.by_container);
    for (size_t i = 0; i < 3; i++) {
        row = &c->clients.at[i];
        assert_int_equal(row->by, GATE_CLIENT_LISTENER | GATE_CLIENT_CONTAINER |
                                      GATE_CLIENT_WITHIN | (i < 2 ? GATE_CLIENT_NETWORK : 0U));
        assert_true(slice_equal(row->policy->name, i < 2 ? SLICE("reads") : SLICE("writes")));
        assert_int_equal(row->container->nlabels, i < 2 ? 1 : 0);
    }
    configuration_free(c);
    c = make(CLIENTS);
    assert_non_null(c);
    assert_false(c->clients.by_container);
    assert_true(c->clients.by_gid);
    configuration_free(c);
}

/* Who may choose names and labels, and which policies that gives; NULL: nothing is said of it. */
/* clang-format off */
#define WEB "clients: [{container: web-*, policy: y}]\npolicies:\n  y: {allow: INFO}\n"
#define LABEL "clients: [{label: team=shop, policy: y}]\npolicies:\n  y: {allow: INFO}\n"
#define CI "a client under policy ci may choose names and labels of containers ("
#define GETS "), and so one that gets policy y"

static const struct {
    const char *file;
    const char *says;
} CHOICES[] = {
    {WEB "  ci: {allow: CONTAINERS_CREATE}\n",   "f.yaml:4:3: " CI "CONTAINERS_CREATE" GETS},
    {WEB "  ci: {allow: [CONTAINERS_RENAME, ServiceCreate]}\n", CI "CONTAINERS_RENAME, SERVICES_CREATE" GETS},
    {WEB "  ci: {allow: POST /containers/ci-*/rename}\n", CI "CONTAINERS_RENAME" GETS},
    {WEB "  ci: {allow: LIBPOD_KUBE_PLAY}\n",    CI "LIBPOD_KUBE_PLAY" GETS},
    {WEB "  ci: {allow: [IMAGES_BUILD, CONTAINERS, CONTAINERS_START]}\n", NULL}, /* a step's name is made up */
    {LABEL "  ci: {allow: CONTAINERS_CREATE}\n", CI "CONTAINERS_CREATE" GETS},
    {LABEL "  ci: {allow: IMAGES_BUILD}\n",      CI "IMAGES_BUILD" GETS},
    {LABEL "  ci: {allow: CONTAINERS_RENAME}\n", NULL},
    {"clients: [{service: s, policy: y}]\npolicies:\n  y: {allow: INFO}\n  ci: {allow: CONTAINERS_CREATE}\n", CI "CONTAINERS_CREATE" GETS},
    {"clients: [{by-label: [y, z]}]\npolicies:\n  y: {allow: INFO}\n  z: {allow: PING}\n  ci: {allow: CONTAINERS_CREATE}\n", CI "CONTAINERS_CREATE" GETS ", z"},
    {"clients: [{within: y}]\npolicies:\n  y: {allow: INFO}\n  ci: {allow: CONTAINERS_CREATE}\n", CI "CONTAINERS_CREATE" GETS},
    /* Nobody is known by a container, or gains by it. */
    {"clients: [{uid: 1, policy: y}]\npolicies:\n  y: {allow: INFO}\n  ci: {allow: CONTAINERS_CREATE}\n", NULL},
    {"clients: [{label: a, policy: deny}]\npolicies:\n  ci: {allow: CONTAINERS_CREATE}\n", NULL},
    {"clients: [{label: a, policy: ci}]\npolicies:\n  ci: {allow: CONTAINERS_CREATE}\n", NULL},
    {WEB "  ci: {allow: [CONTAINERS_CREATE, INFO]}\n", NULL},
    {"clients: [{label: a, policy: y}]\npolicies:\n  y: {allow: PING}\n  ci: {allow: [CONTAINERS_CREATE, GET /_ping]}\n", NULL},
    {WEB "  ci: {allow: [CONTAINERS_CREATE, INFO], requests: {profile: ci}}\n", CI "CONTAINERS_CREATE" GETS},
    {WEB "  ci: {allow: [CONTAINERS_CREATE, INFO], answers: {redact: env}}\n", CI "CONTAINERS_CREATE" GETS},
    {WEB "  ci: {mode: observe, allow: CONTAINERS_CREATE}\n", NULL}, /* it has everything */
    {"clients: [{label: a, policy: y}]\npolicies:\n  y: {mode: observe}\n  ci: {allow: CONTAINERS_CREATE}\n", CI "CONTAINERS_CREATE" GETS},
    {"clients: [{label: a, policy: y}]\npolicies:\n  y: {}\n  ci: {allow: CONTAINERS_CREATE}\n", NULL},
    {"clients: [{label: a, policy: y}]\npolicies:\n  y: {allow: POST /containers/x/stop}\n  ci: {allow: [CONTAINERS_CREATE, POST /containers/x/stop]}\n", CI "CONTAINERS_CREATE" GETS},
    /* Operations that requests close. */
    {WEB "  ci: {allow: LIBPOD_KUBE_PLAY, requests: {profile: ci}}\n", NULL},
    {WEB "  ci: {allow: LIBPOD_KUBE_PLAY, requests: {profile: ci, unchecked: LIBPOD_KUBE_PLAY}}\n", CI "LIBPOD_KUBE_PLAY" GETS},
    {LABEL "  ci: {allow: IMAGES_BUILD, requests: {profile: ci}}\n", CI "IMAGES_BUILD" GETS},
    {LABEL "  ci: {allow: IMAGES_BUILD, own: true, requests: {profile: ci}}\n", NULL},
    {LABEL "  ci: {allow: IMAGES_BUILD, own: true, requests: {profile: ci, unchecked: ImageBuild}}\n", CI "IMAGES_BUILD" GETS},
    /* Labels that can't be chosen. An owner's is one of these, and no more than that. */
    {LABEL "  ci: {allow: CONTAINERS_CREATE, own: true, requests: {profile: safe}}\n", CI "CONTAINERS_CREATE" GETS},
    {"clients: [{label: dockgate.owner=y, policy: y}]\npolicies:\n  y: {allow: INFO}\n  ci: {allow: [CONTAINERS_CREATE, CONTAINERS_RENAME], own: true, requests: {profile: safe}}\n", NULL},
    {"clients: [{label: dockgate.owner=y, container: w, policy: y}]\npolicies:\n  y: {allow: INFO}\n  ci: {allow: [CONTAINERS_CREATE, CONTAINERS_RENAME], own: true, requests: {profile: safe}}\n", NULL},
    {"clients: [{label: dockgate.owner=y, container: w, policy: y}]\npolicies:\n  y: {allow: INFO}\n  ci: {allow: [CONTAINERS_RENAME], requests: {profile: safe, set: {labels: dockgate.owner=ci}}}\n", CI "CONTAINERS_RENAME" GETS},
    {"clients: [{label: dockgate.owner=ci, policy: y}]\npolicies:\n  y: {allow: INFO}\n  ci: {allow: CONTAINERS_CREATE, own: true, requests: {profile: safe}}\n", CI "CONTAINERS_CREATE" GETS},
    {"clients: [{label: dockgate.owner, policy: y}]\npolicies:\n  y: {allow: INFO}\n  ci: {allow: CONTAINERS_CREATE, own: true, requests: {profile: safe}}\n", CI "CONTAINERS_CREATE" GETS},
    {LABEL "  ci: {allow: [CONTAINERS_CREATE, SERVICES_CREATE], requests: {profile: safe, set: {labels: team=ci}}}\n", NULL},
    {LABEL "  ci: {allow: [CONTAINERS_CREATE, IMAGES_BUILD], requests: {profile: safe, set: {labels: team=ci}}}\n", CI "IMAGES_BUILD" GETS},
    {LABEL "  ci: {allow: CONTAINERS_CREATE, requests: {profile: safe, set: {labels: team=shop}}}\n", CI "CONTAINERS_CREATE" GETS},
    {LABEL "  ci: {allow: CONTAINERS_CREATE, requests: {profile: safe, labels: [made, com.*]}}\n", NULL},
    {LABEL "  ci: {allow: CONTAINERS_CREATE, requests: {profile: safe, labels: []}}\n", NULL},
    {LABEL "  ci: {allow: CONTAINERS_CREATE, requests: {profile: safe, labels: te*}}\n", CI "CONTAINERS_CREATE" GETS},
    {LABEL "  ci: {allow: [CONTAINERS_CREATE, IMAGES_CREATE], requests: {profile: safe, labels: []}}\n", CI "CONTAINERS_CREATE" GETS},
    {LABEL "  ci: {allow: [CONTAINERS_CREATE, IMAGES_LOAD], requests: {profile: safe, labels: []}}\n", NULL}, /* closed */
    {LABEL "  ci: {allow: [SERVICES_CREATE], requests: {profile: safe, labels: []}}\n", CI "SERVICES_CREATE" GETS},
    {"clients: [{service: s, policy: y}]\npolicies:\n  y: {allow: INFO}\n  ci: {allow: CONTAINERS_CREATE, requests: {profile: safe, labels: []}}\n", NULL},
    {"clients: [{by-label: y}]\npolicies:\n  y: {allow: INFO}\n  ci: {allow: CONTAINERS_CREATE, requests: {profile: safe, labels: []}}\n", NULL},
    {"clients: [{by-label: y}]\npolicies:\n  y: {allow: INFO}\n  ci: {allow: CONTAINERS_CREATE, requests: {profile: safe, set: {labels: dockgate.policy=none}}}\n", NULL},
    {"clients: [{within: y}]\npolicies:\n  y: {allow: INFO}\n  ci: {allow: CONTAINERS_CREATE, requests: {profile: safe, labels: []}}\n", NULL},
    {"clients: [{within: y}]\npolicies:\n  y: {allow: INFO}\n  ci: {allow: CONTAINERS_CREATE, requests: {profile: safe, labels: dockgate.allow}}\n", CI "CONTAINERS_CREATE" GETS},
    /* Names that can't be chosen. */
    {"clients: [{container: \"*_*\", policy: y}]\npolicies:\n  y: {allow: INFO}\n  ci: {allow: CONTAINERS_CREATE, query: {ContainerCreate: {name: \"\"}}}\n", CI "CONTAINERS_CREATE" GETS},
    {WEB "  ci: {allow: CONTAINERS_CREATE, query: {ContainerCreate: {name: \"\"}}}\n", NULL},
    {WEB "  ci: {allow: CONTAINERS_CREATE, query: {ContainerCreate: {name: [\"\", \"ci-*\"]}}}\n", NULL},
    {WEB "  ci: {allow: CONTAINERS_CREATE, query: {ContainerCreate: {name: [ci-1, web]}}}\n", NULL},
    {WEB "  ci: {allow: CONTAINERS_CREATE, query: {ContainerCreate: {name: [ci-1, web-1]}}}\n", CI "CONTAINERS_CREATE" GETS},
    {WEB "  ci: {allow: CONTAINERS_CREATE, query: {ContainerCreate: {name: w*}}}\n", CI "CONTAINERS_CREATE" GETS},
    {WEB "  ci: {allow: CONTAINERS_CREATE, query: {ContainerCreate: {platform: ci-*}}}\n", CI "CONTAINERS_CREATE" GETS},
    {WEB "  ci: {allow: [CONTAINERS_CREATE, CONTAINERS_RENAME], query: {ContainerCreate: {name: ci-*}}}\n", CI "CONTAINERS_RENAME" GETS},
    {LABEL "  ci: {allow: CONTAINERS_CREATE, query: {ContainerCreate: {name: ci-*}}}\n", CI "CONTAINERS_CREATE" GETS},
};
/* clang-format on */

#define MAY "a client under policy p may give things that label ("

/* Whether clients can give the label that they reach things by. */
static const struct {
    const char *policy; /* of which the lines are */
    const char *says;   /* NULL: nobody is warned */
} GIVEN[] = {
    {"    allow: [CONFIGS_UPDATE, \"GET /configs/{label:a=b}\"]\n",
     "f.yaml:2:3: " MAY "CONFIGS_UPDATE), and so reach them by GET /configs/{label:a=b}"},
    {"    allow: [\"POST /secrets/x-*/update\", \"GET /secrets/{label:a}\"]\n",
     MAY "SECRETS_UPDATE"},
    {"    allow: [SERVICES_UPDATE, \"GET /tasks/{label:a}/logs\"]\n", MAY "SERVICES_UPDATE"},
    {"    allow: [NODES_UPDATE, \"DELETE /nodes/{label:a}\"]\n", MAY "NODES_UPDATE"},
    /* What bears it already, what one makes oneself, what nobody labels anew, what is another's. */
    {"    allow: [\"POST /configs/{label:a}/update\", \"GET /configs/{label:a}\"]\n", NULL},
    {"    allow: [CONFIGS_CREATE, \"GET /configs/{label:a}\"]\n", NULL},
    {"    allow: [CONFIGS_UPDATE, \"GET /secrets/{label:a}\"]\n", NULL},
    {"    allow: [CONTAINERS_CREATE, CONTAINERS_UPDATE, CONTAINERS_RENAME, \"GET "
     "/containers/{label:a}/logs\"]\n",
     NULL},
    {"    allow: [VOLUMES_UPDATE, \"GET /volumes/{label:a}\"]\n", NULL},
    {"    allow: [CONFIGS_UPDATE, \"GET /configs/{label:a=b}\"]\n    own: true\n    requests: "
     "{profile: safe}\n",
     NULL},
    {"    allow: [CONFIGS_UPDATE, \"GET /configs/{label:a=b}\"]\n    requests: {profile: safe, "
     "set: {labels: a=c}}\n",
     NULL},
    {"    allow: [CONFIGS_UPDATE, \"GET /configs/{label:a=b}\"]\n    requests: {profile: safe, "
     "labels: [c]}\n",
     NULL},
    {"    allow: [CONFIGS_UPDATE, \"GET /configs/{label:a=b}\"]\n    requests: {profile: safe, "
     "labels: [a]}\n",
     MAY "CONFIGS_UPDATE"},
};

static void test_given_labels(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(GIVEN) / sizeof(GIVEN[0]); i++) {
        char file[512];
        (void)snprintf(file, sizeof(file), POLICY("%s"), GIVEN[i].policy);
        struct configuration *c = make(file);
        bool said = is_said("may give things that label");
        if (c == NULL || said != (GIVEN[i].says != NULL) || (said && !is_said(GIVEN[i].says))) {
            print_error("row %zu: %s\n", i, GIVEN[i].policy);
            fail();
        }
        configuration_free(c);
    }
}

static void test_choices(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(CHOICES) / sizeof(CHOICES[0]); i++) {
        struct configuration *c = make(CHOICES[i].file);
        bool said = is_said("may choose names and labels");

        if (c == NULL || said != (CHOICES[i].says != NULL) ||
            (said && (!is_said(CHOICES[i].says) || notes.nwarnings == 0))) {
            print_error("row %zu: %s\n", i, CHOICES[i].file);
            for (size_t k = 0; k < notes.n; k++) {
                print_error("  %.*s\n", (int)notes.note[k].text.len, notes.note[k].text.at);
            }
            fail();
        }
        configuration_free(c);
    }
}

/* Without clients the only policy is everybody's; with more than one, or with clients, nobody's. */
static void test_default(void **state)
{
    (void)state;
    static const struct {
        const char *file;
        const char *gets;
    } rows[] = {
        {"policies: {a: }", "a"},
        {"", "deny"},
        {"policies: {a: , b: }", "deny"},
        {"policies: {a: }\nclients: [{uid: 1, policy: a}]", "deny"},
        {"policies: {a: , b: }\ndefault: b", "b"},
        {"policies: {a: }\ndefault: deny", "deny"},
    };
    struct caller who = {.peer = {.kind = PEER_UNIX}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct configuration *c = make(rows[i].file);
        assert_non_null(c);
        struct slice name = gate_clients_find(&c->clients, &who, &NOTHING).policy->name;
        assert_true(slice_equal(name, slice_from_text(rows[i].gets)));
        configuration_free(c);
    }
}

static void test_mode(void **state)
{
    (void)state;
    static const char file[] = "policies: {a: {mode: observe}, b: }";
    struct configuration_input in = {.name = SLICE("f"), .file = slice_from_text(file), .mode = -1};
    static const bool observes[3][2] = {{true, false}, {false, false}, {true, true}};
    for (int mode = -1; mode < 2; mode++) {
        in.mode = mode;
        policy_notes_init(&notes);
        struct configuration *c = configuration_new(&in, &notes);
        assert_non_null(c);
        assert_int_equal(c->bundles[0].observe, observes[mode + 1][0]);
        assert_int_equal(c->bundles[1].observe, observes[mode + 1][1]);
        configuration_free(c);
    }
}

static void test_limits(void **state)
{
    (void)state;
    static const char file[] = "policies: {a: {limits: {rate: 5, body: 1K}}, b: }";
    struct configuration_input in = {.name = SLICE("f"), .file = slice_from_text(file), .mode = -1};
    policy_notes_init(&notes);
    struct configuration *c = configuration_new(&in, &notes);
    assert_non_null(c);
    assert_int_equal(c->bundles[0].quota->limits.rate, 5);
    assert_int_equal(c->bundles[0].quota->limits.body, 1024);
    assert_null(c->bundles[1].quota);
    configuration_free(c);
    in.limits = SLICE("streams=2");
    c = configuration_new(&in, &notes);
    assert_non_null(c);
    assert_int_equal(c->bundles[0].quota->limits.rate, 0);
    assert_int_equal(c->bundles[1].quota->limits.streams, 2);
    configuration_free(c);
}

static void test_answers(void **state)
{
    (void)state;
    static const char file[] =
        "policies: {a: {answers: {redact: [env, 'keep:PATH'], visible: label=a}}, b: }";
    struct configuration_input in = {.name = SLICE("f"), .file = slice_from_text(file), .mode = -1};
    policy_notes_init(&notes);
    struct configuration *c = configuration_new(&in, &notes);
    assert_non_null(c);
    assert_non_null(c->bundles[0].answers);
    assert_int_equal(c->views[0].settings.keep.n, 1);
    assert_int_equal(c->views[0].settings.visible_labels.n, 1);
    assert_null(c->bundles[1].answers);
    configuration_free(c);
    in.redact = SLICE("all");
    c = configuration_new(&in, &notes);
    assert_non_null(c);
    assert_int_equal(c->views[0].settings.keep.n, 0);
    assert_non_null(c->bundles[1].answers);
    configuration_free(c);
}

/* Every key of the file reaches the option of that name, lists that are empty among them. */
static void test_requests(void **state)
{
    (void)state;
    static const char file[] =
        POLICY("    allow: [COMMIT, IMAGES_LOAD]\n"
               "    requests:\n"
               "      profile: safe\n"
               "      privileged: true\n"
               "      ports: []\n"
               "      images: ['*.example.org/*', 'a,b']\n"
               "      memory: 512m\n"
               "      cpus: 1.5\n"
               "      pids: 100\n"
               "      unchecked: [COMMIT, ImageLoad, PluginPull]\n"
               "      set: {labels: [team=a, job=b], read-only: true, no-new-privileges: true}\n");
    struct configuration *c = make(file);
    assert_non_null(c);
    const struct requests_policy *p = c->bundles[0].requests;
    assert_true(requests_on(p, REQUESTS_PRIVILEGED));
    assert_int_equal(requests_count(p, REQUESTS_PORTS), 0);
    assert_int_equal(requests_count(p, REQUESTS_PORT_ADDRESSES), 1);
    assert_int_equal(requests_count(p, REQUESTS_IMAGES), 2);
    assert_true(requests_names(p, REQUESTS_IMAGES, SLICE("a,b")));
    assert_int_equal(requests_number(p, REQUESTS_MEMORY), 512 * 1024 * 1024);
    assert_int_equal(requests_number(p, REQUESTS_CPUS), 1500000000);
    assert_int_equal(requests_number(p, REQUESTS_PIDS), 100);
    assert_int_equal(requests_count(p, REQUESTS_SET_LABELS), 2);
    assert_true(requests_on(p, REQUESTS_SET_READ_ONLY));
    assert_true(requests_on(p, REQUESTS_SET_NO_NEW_PRIVILEGES));
    assert_true(requests_passes_unchecked(p, OPERATION_IMAGE_LOAD));
    assert_false(requests_passes_unchecked(p, OPERATION_SWARM_INIT));
    assert_true(is_said("policy p: requests.unchecked: nobody looks at what these requests say: "
                        "ImageCommit, ImageLoad"));
    configuration_free(c);
    c = make(POLICY("    requests: {profile: closed, unchecked: true}\n"));
    assert_non_null(c);
    assert_int_equal(requests_count(c->bundles[0].requests, REQUESTS_IMAGES), 0);
    assert_true(requests_passes_unchecked(c->bundles[0].requests, OPERATION_SWARM_INIT));
    assert_true(is_said("requests.unchecked names nothing that the policy allows"));
    configuration_free(c);
}

/* Entries grant what they are made for, and nothing else; what no entry grants alone is not said.
 */
static void check_entries(const struct operation_set *wanted)
{
    static char file[64 * 1024];
    struct slice entries[OPERATION_COUNT];
    struct operation_set said;
    struct buf b;
    size_t n = grants_entries(wanted, entries, &said);
    buf_init(&b, file, sizeof(file) - 1);
    (void)buf_put(&b, SLICE("policies:\n  p:\n    allow:"));
    (void)buf_put(&b, n == 0 ? SLICE(" []\n") : SLICE("\n"));
    for (size_t i = 0; i < n; i++) {
        (void)(buf_put(&b, SLICE("      - ")) && buf_put(&b, entries[i]) && buf_put_byte(&b, '\n'));
    }
    file[b.len] = '\0';
    struct configuration *c = make(file);
    assert_non_null(c);
    assert_memory_equal(&c->policies[0].allowed, &said, sizeof(said));
    configuration_free(c);
}

static void test_entries(void **state)
{
    (void)state;
    struct operation_set all = {{0}};
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        struct operation_set one = {{0}};
        operation_set_add(&one, (enum operation_id)i);
        operation_set_add(&all, (enum operation_id)i);
        check_entries(&one);
        check_entries(&all);
    }
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        struct operation_set without = all;
        operation_set_remove(&without, (enum operation_id)i);
        check_entries(&without);
    }
    struct slice entries[OPERATION_COUNT];
    struct operation_set said;
    assert_true(grants_entries(&all, entries, &said) > 100);
    assert_memory_equal(&said, &all, sizeof(all));
}

/* A pattern that an id's first digits match is warned of, since engines take these for names. */
static void test_warnings(void **state)
{
    (void)state;
    static const struct {
        const char *file;
        size_t n;
    } rows[] = {
        {"policies: {p: {allow: POST /containers/cafe*/start}}", 1},
        {"policies: {p: {allow: POST /containers/*/start}}", 1},
        {"policies: {p: {allow: POST /containers/web*/start}}", 0},
        {"policies: {p: {allow: CONTAINERS, deny: [CONTAINERS_ARCHIVE, CONTAINERS_EXPORT]}}", 0},
        {"policies: {p: {allow: CONTAINERS, deny: [CONTAINERS_ARCHIVE]}}", 1},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct configuration *c = make(rows[i].file);
        assert_non_null(c);
        assert_int_equal(notes.nwarnings, rows[i].n);
        configuration_free(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),  cmocka_unit_test(test_decided),
        cmocka_unit_test(test_labels),   cmocka_unit_test(test_callers),
        cmocka_unit_test(test_default),  cmocka_unit_test(test_answers),
        cmocka_unit_test(test_limits),   cmocka_unit_test(test_mode),
        cmocka_unit_test(test_warnings), cmocka_unit_test(test_requests),
        cmocka_unit_test(test_entries),  cmocka_unit_test(test_containers),
        cmocka_unit_test(test_choices),  cmocka_unit_test(test_given_labels),
    };
    return cmocka_run_group_tests_name("configuration", tests, NULL, NULL);
}
