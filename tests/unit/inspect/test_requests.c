/* The check of requests: a policy's words, a request, and what becomes of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "inspect/requests.h"

#include <stdio.h>
#include <stdlib.h>
/* after the above, which it needs */
#include <cmocka.h>

#define OUT_MAX 8192

#define CREATE  OPERATION_CONTAINER_CREATE
#define UPDATE  OPERATION_CONTAINER_UPDATE
#define EXEC    OPERATION_CONTAINER_EXEC
#define START   OPERATION_CONTAINER_START
#define SERVICE OPERATION_SERVICE_CREATE
#define NETWORK OPERATION_NETWORK_CREATE
#define CONNECT OPERATION_NETWORK_CONNECT
#define VOLUME  OPERATION_VOLUME_CREATE

/* `settings` on top of a profile, "profile option=words option=words"; `says`: the canonical body,
 * or what the refusal begins with. */
struct row {
    const char *settings;
    enum operation_id op;
    struct slice body;
    unsigned status; /* 200: passed */
    const char *says;
};

static struct requests_policy *policy(const char *settings)
{
    struct diag d = {{0}};
    struct slice rest = slice_from_text(settings);
    struct slice word;
    assert_true(slice_next(&rest, ' ', &word));
    struct requests_policy *p = requests_policy_new(SLICE("test"), word, &d);
    assert_non_null(p);
    while (slice_next(&rest, ' ', &word)) {
        size_t equals = slice_find(word, '=');
        if (!requests_policy_set(p, slice_sub(word, 0, equals),
                                 slice_sub(word, equals + 1, word.len), &d)) {
            fail_msg("%s", d.text);
        }
    }
    return p;
}

/* What comes out passes once more, and comes out the same. */
static void check_fixed(const struct requests_policy *p, enum operation_id op, struct slice body)
{
    struct requests_refusal refusal = {.status = 0};
    struct buf out;
    size_t room = body.len + requests_growth(p);

    buf_init(&out, malloc(room), room);
    assert_non_null(out.at);
    if (!requests_check_body(p, op, body, &out, &refusal)) {
        fail_msg("%.*s: %.*s", (int)body.len, body.at, (int)refusal.len, refusal.text);
    }
    if (!slice_equal(buf_slice(&out), body)) {
        fail_msg("%.*s: then %.*s", (int)body.len, body.at, (int)out.len, out.at);
    }
    free(out.at);
}

static void check_row(const struct row *row)
{
    static char storage[OUT_MAX];
    struct requests_refusal refusal = {.status = 0};
    struct requests_policy *p = policy(row->settings);
    struct buf out;
    /* Exactly the room that is asked for. */
    char *room = malloc(row->body.len + requests_growth(p));
    assert_non_null(room);
    buf_init(&out, room, row->body.len + requests_growth(p));
    bool ok = requests_check_body(p, row->op, row->body, &out, &refusal);
    struct slice says = ok ? buf_slice(&out) : slice_of(refusal.text, refusal.len);
    struct slice wanted = slice_from_text(row->says);
    memcpy(storage, says.at, says.len);
    storage[says.len] = '\0';
    if (!slice_starts_with(says, wanted) || (ok && says.len != wanted.len)) {
        fail_msg("%s: %.*s:\n  %s\n  wanted %s", row->settings, (int)row->body.len, row->body.at,
                 storage, row->says);
    }
    assert_int_equal(ok ? 200 : refusal.status, row->status);
    if (ok) {
        check_fixed(p, row->op, says);
    }
    free(room);
    requests_policy_free(p);
}

/* clang-format off */
#define DIGITS_80 "01234567890123456789012345678901234567890123456789012345678901234567890123456789"
#define CONTROLS_8 "\\u0001\\u0001\\u0001\\u0001\\u0001\\u0001\\u0001\\u0001"
#define CONTROLS_64 CONTROLS_8 CONTROLS_8 CONTROLS_8 CONTROLS_8 CONTROLS_8 CONTROLS_8 CONTROLS_8 CONTROLS_8
#define LOG_TEXT(tag) "{\"HostConfig\":{\"LogConfig\":{\"Config\":{\"tag\":\"" tag "\"}}}}"
#define LOG(tag) SLICE_INIT(LOG_TEXT(tag))
#define SUBNET_TEXT(subnet) "{\"Name\":\"n\",\"IPAM\":{\"Config\":[{\"Subnet\":\"" subnet "\"}]}}"
#define SUBNET(subnet) SLICE_INIT(SUBNET_TEXT(subnet))
#define HOST(text) SLICE_INIT("{\"HostConfig\":{" text "}}")
#define MOUNTED(source) SLICE_INIT("{\"TaskTemplate\":{\"ContainerSpec\":{\"Mounts\":[{\"Type\":\"bind\",\"Source\":\"" source "\",\"Target\":\"/x\"}]}}}")
static const struct row ROWS[] = {
    /* The canonical form: spelling and order of the engine, no null, nothing twice. */
    {"safe", CREATE, SLICE_INIT(" {\"image\":\"a\", \"CMD\":\"x\\u0041\", \"Env\":null} "), 200, "{\"Cmd\":\"xA\",\"Image\":\"a\"}"},
    {"safe", CREATE, SLICE_INIT("{}"), 200, "{}"},
    {"safe", CREATE, HOST(""), 200, "{\"HostConfig\":{}}"},
    {"safe", CREATE, HOST("\"memory\":-1,\"MemorySwap\":9223372036854775807"), 200, "{\"HostConfig\":{\"Memory\":-1,\"MemorySwap\":9223372036854775807}}"},
    {"safe", CREATE, SLICE_INIT("{\"Labels\":{\"a\":\"1\",\"A\":\"\\u00e9\\n\",\"b\":null}}"), 200, "{\"Labels\":{\"a\":\"1\",\"A\":\"\xc3\xa9\\n\",\"b\":null}}"},
    {"safe", CREATE, SLICE_INIT("{\"ExposedPorts\":{\"80/tcp\":{}},\"Volumes\":{\"/x\":null}}"), 200, "{\"ExposedPorts\":{\"80/tcp\":{}},\"Volumes\":{\"/x\":null}}"},
    {"safe", CREATE, SLICE_INIT("{\"Foo\":null,\"Image\":\"a\"}"), 200, "{\"Image\":\"a\"}"},
    {"safe", CREATE, SLICE_INIT("{\"Labels\":{\"a\":\"\\n\\t\\r\\b\\f\\\"\\\\\\/\\u0001\x7f\"}}"), 200, "{\"Labels\":{\"a\":\"\\n\\t\\r\\b\\f\\\"\\\\/\\u0001\x7f\"}}"},
    /* Names. */
    {"safe", CREATE, SLICE_INIT("{\"Foo\":1}"), 403, "Foo: no field that is known here (policy test)"},
    {"safe", CREATE, SLICE_INIT("{\"Privileged\":false}"), 403, "Privileged: no field that is known here"},
    {"safe", CREATE, SLICE_INIT("{\"Ho\xc5\xbftConfig\":{}}"), 403, "Ho\\xc5\\xbftConfig: no field that is known here"},
    {"safe", CREATE, SLICE_INIT("{\"Ho\xc5\xbftConfig\":null}"), 403, "Ho\\xc5\\xbftConfig: no field that is known here"},
    {"safe", CREATE, SLICE_INIT("{\"HostConfig\":null,\"hostconfig\":{}}"), 400, "HostConfig: twice, in different spellings"},
    {"safe", CREATE, SLICE_INIT("{\"HostConfig\":{},\"HostConfig\":{}}"), 400, "the body can't be taken: it has a name twice in one object"},
    /* Types. */
    {"safe", CREATE, HOST("\"Privileged\":1"), 400, "HostConfig.Privileged: not true or false"},
    {"safe", CREATE, HOST("\"Memory\":1.0"), 400, "HostConfig.Memory: not a whole number"},
    {"safe", CREATE, HOST("\"Binds\":\"/etc:/x\""), 400, "HostConfig.Binds: not a list"},
    {"safe", CREATE, HOST("\"CapDrop\":[null]"), 400, "HostConfig.CapDrop[0]: not a text"},
    {"safe", CREATE, HOST("\"Mounts\":[null]"), 400, "HostConfig.Mounts[0]: not an object"},
    {"safe", CREATE, SLICE_INIT("{\"HostConfig\":[]}"), 400, "HostConfig: not an object"},
    {"safe", CREATE, SLICE_INIT("{\"Labels\":{\"a\":1}}"), 400, "Labels.a: not a text"},
    {"safe", CREATE, SLICE_INIT(""), 400, "the body can't be taken: it is empty"},
    {"safe", CREATE, SLICE_INIT("{\"Hostname\":\"a\\u0000b\"}"), 400, "Hostname: a control character"},
    /* What the host would give. */
    {"safe", CREATE, HOST("\"Privileged\":true"), 403, "HostConfig.Privileged: true is not allowed (policy test, requests.privileged)"},
    {"safe privileged=true", CREATE, HOST("\"Privileged\":true"), 200, "{\"HostConfig\":{\"Privileged\":true}}"},
    {"safe", CREATE, HOST("\"CapAdd\":[\"cap_chown\"]"), 200, "{\"HostConfig\":{\"CapAdd\":[\"cap_chown\"]}}"},
    {"safe", CREATE, HOST("\"CapAdd\":[\"ALL\"]"), 403, "HostConfig.CapAdd[0]: ALL is not allowed (policy test, requests.capabilities)"},
    {"safe", CREATE, HOST("\"CapAdd\":[\"chown\\u017f\"]"), 403, "HostConfig.CapAdd[0]: chown\\xc5\\xbf is not allowed"},
    {"safe", CREATE, HOST("\"Capabilities\":[\"CHOWN\"]"), 403, "HostConfig.Capabilities: may not be given"},
    {"safe", CREATE, HOST("\"SecurityOpt\":[\"no-new-privileges\",\"seccomp=unconfined\"]"), 403, "HostConfig.SecurityOpt[1]: seccomp=unconfined is not allowed"},
    {"safe security-options=apparmor=*", CREATE, HOST("\"SecurityOpt\":[\"apparmor=x\"]"), 200, "{\"HostConfig\":{\"SecurityOpt\":[\"apparmor=x\"]}}"},
    {"safe", CREATE, HOST("\"MaskedPaths\":[]"), 403, "HostConfig.MaskedPaths: may not be given, not even empty (policy test, requests.masked-paths)"},
    {"safe", CREATE, HOST("\"MaskedPaths\":null"), 200, "{\"HostConfig\":{}}"},
    /* Directories. */
    {"ci binds=/data", CREATE, HOST("\"Binds\":[\"/etc:/x\"]"), 403, "HostConfig.Binds[0]: /etc is not below /data (policy test, requests.binds)"},
    {"safe", CREATE, HOST("\"Binds\":[\"/etc:/x\"]"), 403, "HostConfig.Binds[0]: /etc: no directory of the host is allowed"},
    {"safe binds=/data,/srv:ro", CREATE, HOST("\"Binds\":[\"/data/:/x:rw\",\"/srv:/y\",\"/srv/a:/z:rw,z\",\"v:/v\",\"/w\"]"), 200, "{\"HostConfig\":{\"Binds\":[\"/data/:/x:rw\",\"/srv:/y:ro\",\"/srv/a:/z:ro\",\"v:/v\",\"/w\"]}}"},
    {"safe binds=/data:ro,/data/rw", CREATE, HOST("\"Binds\":[\"/data/rw:/x\",\"/data:/y\"]"), 200, "{\"HostConfig\":{\"Binds\":[\"/data/rw:/x\",\"/data:/y:ro\"]}}"},
    {"safe binds=/", CREATE, HOST("\"Binds\":[\"/etc:/x\"]"), 200, "{\"HostConfig\":{\"Binds\":[\"/etc:/x\"]}}"},
    {"safe binds=/data", CREATE, HOST("\"Binds\":[\"/database:/x\"]"), 403, "HostConfig.Binds[0]: /database is not below /data"},
    /* The way to what is refused: names of a client are cut, and left out where there is no place for them. */
    {"safe labels=x", CREATE, SLICE_INIT("{\"Labels\":{\"" DIGITS_80 "\":\"\"}}"), 403, "Labels.0123456789012345678901234567890123456789012345678901234567890123: is not allowed (policy test, requests.labels)"},
    {"safe labels=x", CREATE, SLICE_INIT("{\"Labels\":{\"" CONTROLS_64 "\":\"\"}}"), 403, "Labels.: is not allowed (policy test, requests.labels)"},
    {"safe labels=x", CREATE, HOST("\"Mounts\":[{\"Type\":\"tmpfs\"},{\"Type\":\"volume\",\"VolumeOptions\":{\"Labels\":{\"x\":\"\",\"y\\u0001\":\"\"}}}]"), 403, "HostConfig.Mounts[1].VolumeOptions.Labels.y\\x01: is not allowed"},
    {"safe", CREATE, HOST("\"Mounts\":[{\"Type\":\"volume\",\"VolumeOptions\":{\"Lab\xc3\xa9ls\":null}}]"), 403, "HostConfig.Mounts[0].VolumeOptions.Lab\\xc3\\xa9ls: no field that is known here"},
    {"safe", CREATE, HOST("\"Mounts\":[{\"Type\":\"volume\",\"target\":\"/a\",\"TARGET\":\"/b\"}]"), 400, "HostConfig.Mounts[0].Target: twice, in different spellings"},
    {"safe binds=/data", CREATE, HOST("\"Binds\":[\"/data/../etc:/x\"]"), 403, "HostConfig.Binds[0]: /data/../etc is no plain absolute path"},
    {"safe binds=/data", CREATE, HOST("\"Binds\":[\"/data//x:/x\"]"), 403, "HostConfig.Binds[0]: /data//x is no plain"},
    {"safe binds=/data", CREATE, HOST("\"Binds\":[\"/data/x\\u0000/../../etc:/x\"]"), 400, "HostConfig.Binds[0]: a control character"},
    {"safe binds=/data", CREATE, HOST("\"Binds\":[\"/data:/x:rshared\"]"), 403, "HostConfig.Binds[0]: option rshared is not allowed"},
    {"safe binds=/data", CREATE, HOST("\"Binds\":[\"/data:/x:ro:rw\"]"), 403, "HostConfig.Binds[0]: is no SOURCE:TARGET[:OPTIONS]"},
    {"safe binds=/data", CREATE, HOST("\"Binds\":[\"./etc:/x\"]"), 403, "HostConfig.Binds[0]: ./etc is neither"},
    {"safe mounts=tmpfs", CREATE, HOST("\"Binds\":[\"v:/x\"]"), 403, "HostConfig.Binds[0]: volumes are not allowed"},
    {"safe binds=/data:ro", CREATE, HOST("\"Mounts\":[{\"source\":\"/data\",\"type\":\"bind\",\"Target\":\"/x\"}]"), 200, "{\"HostConfig\":{\"Mounts\":[{\"Type\":\"bind\",\"Source\":\"/data\",\"Target\":\"/x\",\"ReadOnly\":true}]}}"},
    {"safe binds=/data:ro", CREATE, HOST("\"Mounts\":[{\"Type\":\"bind\",\"Source\":\"/data\",\"ReadOnly\":false,\"BindOptions\":{\"ReadOnlyNonRecursive\":true}}]"), 403, "HostConfig.Mounts[0].BindOptions.ReadOnlyNonRecursive: what is mounted below"},
    {"safe binds=/data", CREATE, HOST("\"Mounts\":[{\"Type\":\"bind\",\"Source\":\"/data\",\"BindOptions\":{\"propagation\":\"shared\"}}]"), 403, "HostConfig.Mounts[0]: propagation shared is not allowed (policy test, requests.binds)"},
    {"safe binds=/data", CREATE, HOST("\"Mounts\":[{\"Source\":\"/data\"}]"), 403, "HostConfig.Mounts[0]: type \"\" is not allowed"},
    {"safe", CREATE, HOST("\"Mounts\":[{\"Type\":\"volume\",\"Source\":\"../x\"}]"), 403, "HostConfig.Mounts[0]: ../x is neither"},
    {"safe", CREATE, HOST("\"Tmpfs\":{\"/x\":\"\",\"/y\":\"rw,noexec,size=1m,mode=1777,uid=1\",\"/z\":null}"), 200, "{\"HostConfig\":{\"Tmpfs\":{\"/x\":\"\",\"/y\":\"rw,noexec,size=1m,mode=1777,uid=1\",\"/z\":null}}}"},
    {"safe", CREATE, HOST("\"Tmpfs\":{\"/sys/\":\"remount\"}"), 403, "HostConfig.Tmpfs./sys/: option remount is not allowed (policy test, requests.mounts)"},
    {"safe", CREATE, HOST("\"Tmpfs\":{\"/x\":\"rw,bind\"}"), 403, "HostConfig.Tmpfs./x: option bind is not allowed"},
    {"safe", CREATE, HOST("\"Tmpfs\":{\"/x\":\"rshared\"}"), 403, "HostConfig.Tmpfs./x: option rshared is not allowed"},
    {"safe", CREATE, HOST("\"Tmpfs\":{\"/x\":\"size=1m,,rw\"}"), 403, "HostConfig.Tmpfs./x: option \"\" is not allowed"},
    {"safe", CREATE, HOST("\"Tmpfs\":{\"/x\":\"source=1m\"}"), 403, "HostConfig.Tmpfs./x: option source=1m is not allowed"},
    {"safe", CREATE, HOST("\"Tmpfs\":{\"/x\":\"rw=\"}"), 403, "HostConfig.Tmpfs./x: option rw= is not allowed"},
    {"safe", CREATE, HOST("\"Tmpfs\":{\"/x\":\"rw\\n\"}"), 400, "HostConfig.Tmpfs./x: a control character"},
    {"safe mounts=volume", CREATE, HOST("\"Tmpfs\":{\"/x\":\"\"}"), 403, "HostConfig.Tmpfs./x: type tmpfs is not allowed"},
    {"safe", CREATE, HOST("\"Mounts\":[{\"Type\":\"tmpfs\",\"Target\":\"/x\",\"TmpfsOptions\":{\"SizeBytes\":1}}]"), 200, "{\"HostConfig\":{\"Mounts\":[{\"Type\":\"tmpfs\",\"Target\":\"/x\",\"TmpfsOptions\":{\"SizeBytes\":1}}]}}"},
    {"safe", VOLUME, SLICE_INIT("{\"Name\":\"a\",\"Driver\":\"local\",\"DriverOpts\":{}}"), 200, "{\"Name\":\"a\",\"Driver\":\"local\",\"DriverOpts\":{}}"},
    {"safe", VOLUME, SLICE_INIT("{\"DriverOpts\":{\"device\":\"/\"}}"), 403, "DriverOpts: may not be given (policy test, requests.volume-options)"},
    {"safe", VOLUME, SLICE_INIT("{\"ClusterVolumeSpec\":{}}"), 403, "ClusterVolumeSpec: may not be given"},
    /* Devices. */
    {"safe devices=/dev/fuse", CREATE, HOST("\"Devices\":[{\"PathOnHost\":\"/dev/fuse\"}]"), 200, "{\"HostConfig\":{\"Devices\":[{\"PathOnHost\":\"/dev/fuse\"}]}}"},
    {"safe devices=/dev/fuse", CREATE, HOST("\"Devices\":[{\"PathOnHost\":\"/dev/sda\"}]"), 403, "HostConfig.Devices[0]: /dev/sda is not allowed (policy test, requests.devices)"},
    {"safe devices=/dev/snd/*", CREATE, HOST("\"Devices\":[{\"PathOnHost\":\"/dev/snd/../sda\"}]"), 403, "HostConfig.Devices[0]: /dev/snd/../sda is not"},
    {"safe devices=/dev/fuse", CREATE, HOST("\"DeviceCgroupRules\":[\"a *:* rwm\"]"), 403, "HostConfig.DeviceCgroupRules: may not be given"},
    /* Namespaces and networks. */
    {"safe", CREATE, HOST("\"PidMode\":\"host\""), 403, "HostConfig.PidMode: host is not allowed (policy test, requests.namespaces)"},
    {"safe namespaces=pid:host", CREATE, HOST("\"PidMode\":\"host\""), 200, "{\"HostConfig\":{\"PidMode\":\"host\"}}"},
    {"safe namespaces=pid:host", CREATE, HOST("\"IpcMode\":\"host\""), 403, "HostConfig.IpcMode: host is not allowed"},
    {"safe namespaces=pid:host", CREATE, HOST("\"PidMode\":\"container:a\""), 403, "HostConfig.PidMode: container:a is not"},
    {"safe namespaces=pid:container", CREATE, HOST("\"PidMode\":\"container:a\""), 200, "{\"HostConfig\":{\"PidMode\":\"container:a\"}}"},
    {"safe", CREATE, HOST("\"IpcMode\":\"shareable\""), 200, "{\"HostConfig\":{\"IpcMode\":\"shareable\"}}"},
    {"safe", CREATE, HOST("\"NetworkMode\":\"host\""), 403, "HostConfig.NetworkMode: network host is not allowed (policy test, requests.networks)"},
    {"safe networks=host", CREATE, HOST("\"NetworkMode\":\"host\""), 200, "{\"HostConfig\":{\"NetworkMode\":\"host\"}}"},
    {"safe networks=web-*", CREATE, SLICE_INIT("{}"), 403, "HostConfig.NetworkMode: network default is not allowed"},
    {"safe networks=web-*", CREATE, HOST("\"NetworkMode\":\"web-1\""), 200, "{\"HostConfig\":{\"NetworkMode\":\"web-1\"}}"},
    {"safe", CREATE, SLICE_INIT("{\"NetworkingConfig\":{\"EndpointsConfig\":{\"host\":null}}}"), 403, "NetworkingConfig.EndpointsConfig: network host is not allowed"},
    {"safe", CREATE, SLICE_INIT("{\"NetworkingConfig\":{\"EndpointsConfig\":{\"a\":{\"NetworkID\":\"host\"}}}}"), 403, "NetworkingConfig.EndpointsConfig.a.NetworkID: network host"},
    {"safe", CREATE, SLICE_INIT("{\"NetworkingConfig\":{\"EndpointsConfig\":{\"a\":{\"DriverOpts\":{\"x\":\"y\"}}}}}"), 403, "NetworkingConfig.EndpointsConfig.a.DriverOpts: may not"},
    {"safe", NETWORK, SLICE_INIT("{\"Name\":\"n\",\"Driver\":\"macvlan\"}"), 403, "Driver: macvlan is not allowed (policy test, requests.network-drivers)"},
    {"safe network-drivers=overlay", NETWORK, SLICE_INIT("{\"Name\":\"n\"}"), 403, "Driver: bridge is not allowed"},
    {"safe", NETWORK, SLICE_INIT("{\"Name\":\"n\",\"IPAM\":{\"Driver\":\"default\",\"Config\":[{\"Subnet\":\"10.0.0.0/8\"}]},\"Options\":{\"com.docker.network.bridge.name\":\"br0\"}}"), 403, "Options.com.docker.network.bridge.name: is not allowed"},
    {"safe", NETWORK, SUBNET("10.1.2.0/24"), 200, SUBNET_TEXT("10.1.2.0/24")},
    {"safe", NETWORK, SUBNET(""), 200, SUBNET_TEXT("")},
    {"safe", NETWORK, SUBNET("8.8.8.0/24"), 403, "IPAM.Config[0].Subnet: 8.8.8.0/24 is not allowed (policy test, requests.subnets)"},
    {"safe", NETWORK, SUBNET("169.254.169.254/32"), 403, "IPAM.Config[0].Subnet: 169.254.169.254/32 is not allowed"},
    {"safe subnets=*", NETWORK, SUBNET("8.8.8.0/24"), 200, SUBNET_TEXT("8.8.8.0/24")},
    {"safe subnets=", NETWORK, SUBNET("10.1.2.0/24"), 403, "IPAM.Config[0].Subnet: 10.1.2.0/24 is not allowed"},
    {"safe", CONNECT, SLICE_INIT("{\"Container\":\"a\",\"EndpointConfig\":{\"Aliases\":[\"b\"]}}"), 200, "{\"Container\":\"a\",\"EndpointConfig\":{\"Aliases\":[\"b\"]}}"},
    /* Logs. */
    {"safe", CREATE, LOG("{{.ImageName}}/{{ .Name }}}"), 200, LOG_TEXT("{{.ImageName}}/{{ .Name }}}")},
    {"safe", CREATE, LOG("a{b}{"), 200, LOG_TEXT("a{b}{")},
    {"safe", CREATE, LOG("{{pad .ID 1 1}}"), 403, "HostConfig.LogConfig.Config.tag: only templates of one name, as {{.Name}}, are allowed (policy test, requests.log-drivers)"},
    {"safe", CREATE, LOG("{{.ID}}{{define \\\"a\\\"}}"), 403, "HostConfig.LogConfig.Config.tag: only templates"},
    {"safe", CREATE, LOG("{{"), 403, "HostConfig.LogConfig.Config.tag: only templates"},
    {"safe", CREATE, LOG("{{}}"), 403, "HostConfig.LogConfig.Config.tag: only templates"},
    {"safe", CREATE, LOG("{{.ID"), 403, "HostConfig.LogConfig.Config.tag: only templates"},
    {"safe", CREATE, LOG("{{.ID}}{{{.ID}}"), 403, "HostConfig.LogConfig.Config.tag: only templates"},
    {"safe", CREATE, LOG("{{- .ID -}}"), 403, "HostConfig.LogConfig.Config.tag: only templates"},
    {"safe", CREATE, LOG("{{.ID .ID}}"), 403, "HostConfig.LogConfig.Config.tag: only templates"},
    /* Ports. */
    {"safe", CREATE, HOST("\"PortBindings\":{\"80/tcp\":[],\"81/tcp\":null}"), 200, "{\"HostConfig\":{\"PortBindings\":{\"80/tcp\":[],\"81/tcp\":null}}}"},
    {"safe ports=8000-8010", CREATE, HOST("\"PortBindings\":{\"80/tcp\":[]}"), 403, "HostConfig.PortBindings.80/tcp.HostPort: port of the engine's choice is not allowed"},
    {"safe ports=8000-8010", CREATE, HOST("\"PortBindings\":{\"80/tcp\":null}"), 403, "HostConfig.PortBindings.80/tcp.HostPort: port of the engine's choice is not allowed"},
    {"ci", CREATE, HOST("\"PortBindings\":{\"80/tcp\":[]}"), 403, "HostConfig.PortBindings.80/tcp.HostIp: all addresses are not allowed"},
    {"ci", CREATE, HOST("\"PortBindings\":{\"80/tcp\":0}"), 403, "HostConfig.PortBindings.80/tcp.HostIp: all addresses are not allowed"},
    {"safe ports=8000-8010", CREATE, HOST("\"PortBindings\":{\"80/tcp\":[{\"HostPort\":\"8001\"}]}"), 200, "{\"HostConfig\":{\"PortBindings\":{\"80/tcp\":[{\"HostPort\":\"8001\"}]}}}"},
    {"safe ports=8000-8010", CREATE, HOST("\"PortBindings\":{\"80/tcp\":[{\"HostPort\":\"8009-8011\"}]}"), 403, "HostConfig.PortBindings.80/tcp[0].HostPort: port 8009-8011 is not allowed (policy test, requests.ports)"},
    {"safe ports=8000-8010", CREATE, HOST("\"PortBindings\":{\"80/tcp\":[{}]}"), 403, "HostConfig.PortBindings.80/tcp[0].HostPort: port of the engine's choice"},
    {"safe port-addresses=127.0.0.1", CREATE, HOST("\"PortBindings\":{\"80/tcp\":[{\"HostPort\":\"1\"}]}"), 403, "HostConfig.PortBindings.80/tcp[0].HostIp: all addresses are not allowed"},
    {"safe port-addresses=127.0.0.1", CREATE, HOST("\"PublishAllPorts\":true"), 403, "HostConfig.PublishAllPorts: true is not allowed"},
    /* The rest of the host's side. */
    {"safe", CREATE, SLICE_INIT("{\"HostConfig\":{\"Sysctls\":{\"net.a\":\"1\"}}}"), 403, "HostConfig.Sysctls.net.a: is not allowed (policy test, requests.sysctls)"},
    {"safe sysctls=net.*", CREATE, SLICE_INIT("{\"HostConfig\":{\"Sysctls\":{\"net.a\":\"1\"}}}"), 200, "{\"HostConfig\":{\"Sysctls\":{\"net.a\":\"1\"}}}"},
    {"safe sysctls=net.*", CREATE, SLICE_INIT("{\"HostConfig\":{\"Sysctls\":{\"kernel.a\":\"1\"}}}"), 403, "HostConfig.Sysctls.kernel.a: is not allowed"},
    {"safe", SERVICE, SLICE_INIT("{\"TaskTemplate\":{\"ContainerSpec\":{\"Sysctls\":{\"net.a\":\"1\"}}}}"), 403, "TaskTemplate.ContainerSpec.Sysctls.net.a: is not allowed (policy test, requests.sysctls)"},
    {"safe sysctls=net.*", SERVICE, SLICE_INIT("{\"TaskTemplate\":{\"ContainerSpec\":{\"Sysctls\":{\"net.a\":\"1\"}}}}"), 200, "{\"TaskTemplate\":{\"ContainerSpec\":{\"Sysctls\":{\"net.a\":\"1\"}}}}"},
    {"safe", CONNECT, SLICE_INIT("{\"Container\":\"a\",\"EndpointConfig\":{\"DriverOpts\":{\"a\":\"1\"}}}"), 403, "EndpointConfig.DriverOpts: may not be given (policy test, requests.sysctls)"},
    {"safe sysctls=*", CONNECT, SLICE_INIT("{\"Container\":\"a\",\"EndpointConfig\":{\"DriverOpts\":{\"a\":\"1\"}}}"), 200, "{\"Container\":\"a\",\"EndpointConfig\":{\"DriverOpts\":{\"a\":\"1\"}}}"},
    {"safe", CREATE, SLICE_INIT("{\"HostConfig\":{\"Runtime\":\"kata\"}}"), 403, "HostConfig.Runtime: kata is not allowed (policy test, requests.runtimes)"},
    {"safe runtimes=kata", CREATE, SLICE_INIT("{\"HostConfig\":{\"Runtime\":\"kata\"}}"), 200, "{\"HostConfig\":{\"Runtime\":\"kata\"}}"},
    {"safe", CREATE, SLICE_INIT("{\"HostConfig\":{\"LogConfig\":{\"Type\":\"syslog\"}}}"), 403, "HostConfig.LogConfig.Type: syslog is not allowed (policy test, requests.log-drivers)"},
    {"safe log-drivers=syslog", CREATE, SLICE_INIT("{\"HostConfig\":{\"LogConfig\":{\"Type\":\"syslog\"}}}"), 200, "{\"HostConfig\":{\"LogConfig\":{\"Type\":\"syslog\"}}}"},
    {"safe", SERVICE, SLICE_INIT("{\"TaskTemplate\":{\"LogDriver\":{\"Name\":\"syslog\"}}}"), 403, "TaskTemplate.LogDriver.Name: syslog is not allowed (policy test, requests.log-drivers)"},
    {"safe log-drivers=syslog", SERVICE, SLICE_INIT("{\"TaskTemplate\":{\"LogDriver\":{\"Name\":\"syslog\"}}}"), 200, "{\"TaskTemplate\":{\"LogDriver\":{\"Name\":\"syslog\"}}}"},
    {"safe", CREATE, SLICE_INIT("{\"HostConfig\":{\"GroupAdd\":[\"0\"]}}"), 403, "HostConfig.GroupAdd: may not be given (policy test, requests.groups)"},
    {"safe groups=true", CREATE, SLICE_INIT("{\"HostConfig\":{\"GroupAdd\":[\"0\"]}}"), 200, "{\"HostConfig\":{\"GroupAdd\":[\"0\"]}}"},
    {"safe", SERVICE, SLICE_INIT("{\"TaskTemplate\":{\"ContainerSpec\":{\"Groups\":[\"0\"]}}}"), 403, "TaskTemplate.ContainerSpec.Groups: may not be given (policy test, requests.groups)"},
    {"safe groups=true", SERVICE, SLICE_INIT("{\"TaskTemplate\":{\"ContainerSpec\":{\"Groups\":[\"0\"]}}}"), 200, "{\"TaskTemplate\":{\"ContainerSpec\":{\"Groups\":[\"0\"]}}}"},
    {"safe", CREATE, SLICE_INIT("{\"HostConfig\":{\"CgroupParent\":\"/\"}}"), 403, "HostConfig.CgroupParent: / is not allowed (policy test, requests.cgroup-parent)"},
    {"safe cgroup-parent=true", CREATE, SLICE_INIT("{\"HostConfig\":{\"CgroupParent\":\"/\"}}"), 200, "{\"HostConfig\":{\"CgroupParent\":\"/\"}}"},
    {"safe", CREATE, SLICE_INIT("{\"HostConfig\":{\"Cgroup\":\"container:a\"}}"), 403, "HostConfig.Cgroup: container:a is not allowed (policy test, requests.cgroup-parent)"},
    {"safe cgroup-parent=true", CREATE, SLICE_INIT("{\"HostConfig\":{\"Cgroup\":\"container:a\"}}"), 200, "{\"HostConfig\":{\"Cgroup\":\"container:a\"}}"},
    {"safe", UPDATE, SLICE_INIT("{\"CgroupParent\":\"/\"}"), 403, "CgroupParent: / is not allowed (policy test, requests.cgroup-parent)"},
    {"safe cgroup-parent=true", UPDATE, SLICE_INIT("{\"CgroupParent\":\"/\"}"), 200, "{\"CgroupParent\":\"/\"}"},
    {"safe", CREATE, SLICE_INIT("{\"HostConfig\":{\"OomScoreAdj\":-1}}"), 403, "HostConfig.OomScoreAdj: -1 is not allowed (policy test, requests.oom)"},
    {"safe oom=true", CREATE, SLICE_INIT("{\"HostConfig\":{\"OomScoreAdj\":-1}}"), 200, "{\"HostConfig\":{\"OomScoreAdj\":-1}}"},
    {"safe", CREATE, SLICE_INIT("{\"HostConfig\":{\"OomKillDisable\":true}}"), 403, "HostConfig.OomKillDisable: true is not allowed (policy test, requests.oom)"},
    {"safe oom=true", CREATE, SLICE_INIT("{\"HostConfig\":{\"OomKillDisable\":true}}"), 200, "{\"HostConfig\":{\"OomKillDisable\":true}}"},
    {"safe", SERVICE, SLICE_INIT("{\"TaskTemplate\":{\"ContainerSpec\":{\"OomScoreAdj\":-1}}}"), 403, "TaskTemplate.ContainerSpec.OomScoreAdj: -1 is not allowed (policy test, requests.oom)"},
    {"safe oom=true", SERVICE, SLICE_INIT("{\"TaskTemplate\":{\"ContainerSpec\":{\"OomScoreAdj\":-1}}}"), 200, "{\"TaskTemplate\":{\"ContainerSpec\":{\"OomScoreAdj\":-1}}}"},
    {"safe", CREATE, SLICE_INIT("{\"HostConfig\":{\"OomScoreAdj\":1,\"OomKillDisable\":false}}"), 200, "{\"HostConfig\":{\"OomScoreAdj\":1,\"OomKillDisable\":false}}"},
    {"safe", CREATE, SLICE_INIT("{\"HostConfig\":{\"StorageOpt\":{\"size\":\"1g\"}}}"), 403, "HostConfig.StorageOpt: may not be given (policy test, requests.storage-options)"},
    {"safe storage-options=true", CREATE, SLICE_INIT("{\"HostConfig\":{\"StorageOpt\":{\"size\":\"1g\"}}}"), 200, "{\"HostConfig\":{\"StorageOpt\":{\"size\":\"1g\"}}}"},
    {"safe", CREATE, SLICE_INIT("{\"HostConfig\":{\"Annotations\":{\"a\":\"1\"}}}"), 403, "HostConfig.Annotations: may not be given (policy test, requests.annotations)"},
    {"safe annotations=true", CREATE, SLICE_INIT("{\"HostConfig\":{\"Annotations\":{\"a\":\"1\"}}}"), 200, "{\"HostConfig\":{\"Annotations\":{\"a\":\"1\"}}}"},
    {"safe", CREATE, SLICE_INIT("{\"HostConfig\":{\"BlkioWeight\":1}}"), 403, "HostConfig.BlkioWeight: 1 is not allowed (policy test, requests.block-io)"},
    {"safe block-io=true", CREATE, SLICE_INIT("{\"HostConfig\":{\"BlkioWeight\":1}}"), 200, "{\"HostConfig\":{\"BlkioWeight\":1}}"},
    {"safe", CREATE, SLICE_INIT("{\"HostConfig\":{\"BlkioDeviceReadBps\":[{\"Path\":\"/dev/a\",\"Rate\":1}]}}"), 403, "HostConfig.BlkioDeviceReadBps: may not be given (policy test, requests.block-io)"},
    {"safe block-io=true", CREATE, SLICE_INIT("{\"HostConfig\":{\"BlkioDeviceReadBps\":[{\"Path\":\"/dev/a\",\"Rate\":1}]}}"), 200, "{\"HostConfig\":{\"BlkioDeviceReadBps\":[{\"Path\":\"/dev/a\",\"Rate\":1}]}}"},
    {"safe", UPDATE, SLICE_INIT("{\"BlkioWeightDevice\":[{\"Path\":\"/dev/a\",\"Weight\":1}]}"), 403, "BlkioWeightDevice: may not be given (policy test, requests.block-io)"},
    {"safe block-io=true", UPDATE, SLICE_INIT("{\"BlkioWeightDevice\":[{\"Path\":\"/dev/a\",\"Weight\":1}]}"), 200, "{\"BlkioWeightDevice\":[{\"Path\":\"/dev/a\",\"Weight\":1}]}"},
    {"safe", NETWORK, SLICE_INIT("{\"Name\":\"n\",\"Options\":{\"com.docker.network.bridge.name\":\"br0\"}}"), 403, "Options.com.docker.network.bridge.name: is not allowed (policy test, requests.network-options)"},
    {"safe network-options=com.docker.network.bridge.name", NETWORK, SLICE_INIT("{\"Name\":\"n\",\"Options\":{\"com.docker.network.bridge.name\":\"br0\"}}"), 200, "{\"Name\":\"n\",\"Options\":{\"com.docker.network.bridge.name\":\"br0\"}}"},
    {"safe", CREATE, SLICE_INIT("{\"HostConfig\":{\"VolumesFrom\":[\"a\"]}}"), 403, "HostConfig.VolumesFrom: may not be given (policy test, requests.volumes-from)"},
    {"safe volumes-from=true", CREATE, SLICE_INIT("{\"HostConfig\":{\"VolumesFrom\":[\"a\"]}}"), 200, "{\"HostConfig\":{\"VolumesFrom\":[\"a\"]}}"},
    {"ci", CREATE, HOST("\"RestartPolicy\":{\"Name\":\"always\"}"), 403, "HostConfig.RestartPolicy.Name: always is not allowed"},
    /* Images, users, variables. */
    {"safe images=reg.example/*", CREATE, SLICE_INIT("{\"Image\":\"reg.example/a:1\"}"), 200, "{\"Image\":\"reg.example/a:1\"}"},
    {"safe images=reg.example/*", CREATE, SLICE_INIT("{\"Image\":\"evil/a\"}"), 403, "Image: evil/a is not allowed (policy test, requests.images)"},
    {"safe images=reg.example/*", CREATE, SLICE_INIT("{}"), 403, "Image: \"\" is not allowed"},
    {"safe image-digest=true", CREATE, SLICE_INIT("{\"Image\":\"a:1\"}"), 403, "Image: a:1 has no digest"},
    {"safe image-digest=true", CREATE, SLICE_INIT("{\"Image\":\"a@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"}"), 200, "{\"Image\":\"a@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"}"},
    {"safe no-root=true", CREATE, SLICE_INIT("{\"User\":\"1000:1000\"}"), 200, "{\"User\":\"1000:1000\"}"},
    {"safe no-root=true", CREATE, SLICE_INIT("{\"User\":\"00\"}"), 403, "User: 00 is no numeric user above 0 (policy test, requests.no-root)"},
    {"safe no-root=true", CREATE, SLICE_INIT("{\"User\":\"app\"}"), 403, "User: app is no numeric"},
    {"safe no-root=true", CREATE, SLICE_INIT("{}"), 403, "User: \"\" is no numeric"},
    {"safe no-root=true", EXEC, SLICE_INIT("{\"User\":\"1\",\"Cmd\":[\"id\"]}"), 200, "{\"User\":\"1\",\"Cmd\":[\"id\"]}"},
    {"safe no-root=true", EXEC, SLICE_INIT("{\"Cmd\":[\"id\"]}"), 403, "User: \"\" is no numeric user above 0 (policy test, requests.no-root)"},
    {"safe no-root=true", EXEC, SLICE_INIT("{\"User\":\"0:1\",\"Cmd\":[\"id\"]}"), 403, "User: 0:1 is no numeric user above 0"},
    {"safe no-root=true", SERVICE, SLICE_INIT("{\"TaskTemplate\":{\"ContainerSpec\":{\"User\":\"1\"}}}"), 200, "{\"TaskTemplate\":{\"ContainerSpec\":{\"User\":\"1\"}}}"},
    {"safe no-root=true", SERVICE, SLICE_INIT("{\"TaskTemplate\":{\"ContainerSpec\":{\"User\":\"root\"}}}"), 403, "TaskTemplate.ContainerSpec.User: root is no numeric user above 0 (policy test, requests.no-root)"},
    {"safe no-root=true", SERVICE, SLICE_INIT("{}"), 403, "TaskTemplate.ContainerSpec.User: \"\" is no numeric user above 0"},
    {"safe environment=APP_*", CREATE, SLICE_INIT("{\"Env\":[\"APP_A=1\",\"LD_PRELOAD=x\"]}"), 403, "Env[1]: LD_PRELOAD is not allowed"},
    /* Commands. */
    {"safe", EXEC, SLICE_INIT("{\"Cmd\":[\"id\"],\"privileged\":true}"), 403, "Privileged: true is not allowed"},
    {"safe", EXEC, SLICE_INIT("{\"Cmd\":[\"id\"],\"detachKeys\":\"\"}"), 200, "{\"DetachKeys\":\"\",\"Cmd\":[\"id\"]}"},
    {"closed exec=ls,id", EXEC, SLICE_INIT("{\"Cmd\":[\"id\"]}"), 200, "{\"Cmd\":[\"id\"]}"},
    {"closed exec=ls,id", EXEC, SLICE_INIT("{\"Cmd\":\"id\"}"), 200, "{\"Cmd\":\"id\"}"},
    {"closed exec=ls,id", EXEC, SLICE_INIT("{\"Cmd\":[\"id\",\"-u\"]}"), 403, "Cmd: the command id"},
    /* A container's start took a HostConfig before API 1.24. */
    {"safe", START, SLICE_INIT(""), 200, ""},
    {"safe", START, SLICE_INIT("{}"), 200, "{}"},
    {"safe", START, SLICE_INIT("{\"Privileged\":true}"), 403, "Privileged: no field that is known here"},
    /* Ceilings, and what is set. */
    {"safe memory=1m", CREATE, SLICE_INIT("{\"Image\":\"a\"}"), 200, "{\"Image\":\"a\",\"HostConfig\":{\"Memory\":1048576}}"},
    {"safe memory=1m", CREATE, HOST("\"Memory\":5"), 200, "{\"HostConfig\":{\"Memory\":5}}"},
    {"safe memory=1m", CREATE, HOST("\"Memory\":1048577"), 403, "HostConfig.Memory: 1048577 is not allowed, at most 1048576 (policy test, requests.memory)"},
    {"safe memory=1m", CREATE, HOST("\"MemorySwap\":-1"), 403, "HostConfig.MemorySwap: -1 is not allowed"},
    {"safe cpus=1.5", CREATE, HOST("\"NanoCpus\":0"), 200, "{\"HostConfig\":{\"NanoCpus\":1500000000}}"},
    {"safe cpus=1.5", CREATE, HOST("\"CpuQuota\":1"), 403, "HostConfig.CpuQuota: is not allowed beside a ceiling"},
    {"safe pids=10", CREATE, HOST("\"PidsLimit\":-1"), 403, "HostConfig.PidsLimit: -1 is not allowed"},
    {"safe pids=10", UPDATE, SLICE_INIT("{}"), 200, "{}"},
    {"safe pids=10", UPDATE, SLICE_INIT("{\"PidsLimit\":0}"), 403, "PidsLimit: 0 is not allowed"},
    {"safe memory=1m", UPDATE, SLICE_INIT("{\"Memory\":1048577}"), 403, "Memory: 1048577 is not allowed"},
    {"safe memory=1m", SERVICE, SLICE_INIT("{\"TaskTemplate\":{\"ContainerSpec\":{\"Image\":\"a\"}}}"), 200, "{\"TaskTemplate\":{\"ContainerSpec\":{\"Image\":\"a\"},\"Resources\":{\"Limits\":{\"MemoryBytes\":1048576}}}}"},
    {"safe set.labels=a=1,b=", CREATE, SLICE_INIT("{\"Labels\":{\"a\":\"2\",\"A\":\"3\"}}"), 200, "{\"Labels\":{\"A\":\"3\",\"a\":\"1\",\"b\":\"\"}}"},
    {"safe labels=app,team.*", CREATE, SLICE_INIT("{\"Labels\":{\"app\":\"1\",\"team.a\":\"2\"}}"), 200, "{\"Labels\":{\"app\":\"1\",\"team.a\":\"2\"}}"},
    {"safe labels=app", CREATE, SLICE_INIT("{\"Labels\":{\"App\":\"1\"}}"), 403, "Labels.App: is not allowed (policy test, requests.labels)"},
    {"safe labels=app", CREATE, HOST("\"Mounts\":[{\"Type\":\"volume\",\"Target\":\"/a\",\"VolumeOptions\":{\"Labels\":{\"b\":\"1\"}}}]"), 403, "HostConfig.Mounts[0].VolumeOptions.Labels.b: is not allowed"},
    {"safe labels= set.labels=a=1", CREATE, SLICE_INIT("{\"Labels\":{\"a\":\"2\"}}"), 200, "{\"Labels\":{\"a\":\"1\"}}"},
    {"safe set.labels=a=1", CREATE, SLICE_INIT("{}"), 200, "{\"Labels\":{\"a\":\"1\"}}"},
    {"safe set.read-only=true", CREATE, HOST("\"ReadonlyRootfs\":false"), 200, "{\"HostConfig\":{\"ReadonlyRootfs\":true}}"},
    {"safe set.no-new-privileges=true", CREATE, SLICE_INIT("{}"), 200, "{\"HostConfig\":{\"SecurityOpt\":[\"no-new-privileges=true\"]}}"},
    {"safe set.no-new-privileges=true security-options=*", CREATE, HOST("\"SecurityOpt\":[\"x\"]"), 200, "{\"HostConfig\":{\"SecurityOpt\":[\"x\",\"no-new-privileges=true\"]}}"},
    {"safe set.read-only=true", SERVICE, SLICE_INIT("{}"), 200, "{\"TaskTemplate\":{\"ContainerSpec\":{\"ReadOnly\":true}}}"},
    {"safe set.read-only=true", SERVICE, SLICE_INIT("{\"TaskTemplate\":{\"ContainerSpec\":{\"ReadOnly\":false}}}"), 200, "{\"TaskTemplate\":{\"ContainerSpec\":{\"ReadOnly\":true}}}"},
    {"safe set.no-new-privileges=true", CREATE, HOST("\"SecurityOpt\":[\"no-new-privileges\"]"), 200, "{\"HostConfig\":{\"SecurityOpt\":[\"no-new-privileges\"]}}"},
    {"safe set.no-new-privileges=true", CREATE, HOST("\"SecurityOpt\":[\"no-new-privileges:true\"]"), 200, "{\"HostConfig\":{\"SecurityOpt\":[\"no-new-privileges:true\"]}}"},
    {"safe set.no-new-privileges=true security-options=*", CREATE, HOST("\"SecurityOpt\":[\"no-new-privileges=true\",\"x\"]"), 200, "{\"HostConfig\":{\"SecurityOpt\":[\"no-new-privileges=true\",\"x\"]}}"},
    {"safe set.no-new-privileges=true security-options=*", CREATE, HOST("\"SecurityOpt\":[\"no-new-privileges:true\",\"no-new-privileges=false\"]"), 200, "{\"HostConfig\":{\"SecurityOpt\":[\"no-new-privileges:true\",\"no-new-privileges=false\",\"no-new-privileges=true\"]}}"},
    {"safe set.no-new-privileges=true", SERVICE, SLICE_INIT("{}"), 200, "{\"TaskTemplate\":{\"ContainerSpec\":{\"Privileges\":{\"NoNewPrivileges\":true}}}}"},
    {"safe set.no-new-privileges=true", SERVICE, SLICE_INIT("{\"TaskTemplate\":{\"ContainerSpec\":{\"Privileges\":{\"NoNewPrivileges\":false}}}}"), 200, "{\"TaskTemplate\":{\"ContainerSpec\":{\"Privileges\":{\"NoNewPrivileges\":true}}}}"},
    /* What Podman reads otherwise than Docker. */
    {"safe", CREATE, SLICE_INIT("{\"Volumes\":{\"/x/\":{}}}"), 200, "{\"Volumes\":{\"/x/\":{}}}"},
    {"safe", CREATE, SLICE_INIT("{\"Volumes\":{\"/etc:/mnt\":{}}}"), 403, "Volumes: /etc:/mnt is no plain absolute path"},
    {"safe", CREATE, SLICE_INIT("{\"Volumes\":{\"x\":{}}}"), 403, "Volumes: x is no plain absolute path"},
    {"safe mounts=tmpfs", CREATE, SLICE_INIT("{\"Volumes\":{\"/x\":{}}}"), 403, "Volumes: volumes are not allowed (policy test, requests.mounts)"},
    {"safe mounts=tmpfs", CREATE, SLICE_INIT("{\"Volumes\":{}}"), 200, "{\"Volumes\":{}}"},
    {"safe", CREATE, SLICE_INIT("{\"HostConfig\":{\"LogConfig\":{\"Config\":{\"max-size\":\"/x\"}}}}"), 200, "{\"HostConfig\":{\"LogConfig\":{\"Config\":{\"max-size\":\"/x\"}}}}"},
    {"safe", CREATE, SLICE_INIT("{\"HostConfig\":{\"LogConfig\":{\"Config\":{\"tag\":\"/x\"}}}}"), 200, "{\"HostConfig\":{\"LogConfig\":{\"Config\":{\"tag\":\"/x\"}}}}"},
    {"safe", CREATE, SLICE_INIT("{\"HostConfig\":{\"LogConfig\":{\"Config\":{\"labels-regex\":\"/x\"}}}}"), 200, "{\"HostConfig\":{\"LogConfig\":{\"Config\":{\"labels-regex\":\"/x\"}}}}"},
    {"safe", CREATE, SLICE_INIT("{\"HostConfig\":{\"LogConfig\":{\"Config\":{\"mode\":\"/x\"}}}}"), 200, "{\"HostConfig\":{\"LogConfig\":{\"Config\":{\"mode\":\"/x\"}}}}"},
    {"safe", CREATE, SLICE_INIT("{\"HostConfig\":{\"LogConfig\":{\"Config\":{\"path\":\"/x\"}}}}"), 403, "HostConfig.LogConfig.Config.path: is no option of a log driver that is allowed (policy test, requests.log-drivers)"},
    {"safe", CREATE, SLICE_INIT("{\"HostConfig\":{\"LogConfig\":{\"Config\":{\"syslog-address\":\"/x\"}}}}"), 403, "HostConfig.LogConfig.Config.syslog-address: is no option of a log driver that is allowed (policy test, requests.log-drivers)"},
    {"safe", CREATE, SLICE_INIT("{\"HostConfig\":{\"LogConfig\":{\"Config\":{\"gcp-project\":\"/x\"}}}}"), 403, "HostConfig.LogConfig.Config.gcp-project: is no option of a log driver that is allowed (policy test, requests.log-drivers)"},
    {"safe", CREATE, SLICE_INIT("{\"HostConfig\":{\"LogConfig\":{\"Config\":{\"\":\"/x\"}}}}"), 403, "HostConfig.LogConfig.Config.: is no option of a log driver that is allowed (policy test, requests.log-drivers)"},
    {"safe", CREATE, SLICE_INIT("{\"HostConfig\":{\"LogConfig\":{\"Config\":{\"json-file-path\":\"/x\"}}}}"), 403, "HostConfig.LogConfig.Config.json-file-path: is no option of a log driver that is allowed (policy test, requests.log-drivers)"},
    {"safe log-drivers=syslog,gcplogs", CREATE, SLICE_INIT("{\"HostConfig\":{\"LogConfig\":{\"Config\":{\"syslog-address\":\"/x\"}}}}"), 200, "{\"HostConfig\":{\"LogConfig\":{\"Config\":{\"syslog-address\":\"/x\"}}}}"},
    {"safe log-drivers=syslog,gcplogs", CREATE, SLICE_INIT("{\"HostConfig\":{\"LogConfig\":{\"Config\":{\"gcp-project\":\"/x\"}}}}"), 200, "{\"HostConfig\":{\"LogConfig\":{\"Config\":{\"gcp-project\":\"/x\"}}}}"},
    {"safe log-drivers=syslog,gcplogs", CREATE, SLICE_INIT("{\"HostConfig\":{\"LogConfig\":{\"Config\":{\"gelf-address\":\"/x\"}}}}"), 403, "HostConfig.LogConfig.Config.gelf-address: is no option"},
    {"safe log-drivers=*", CREATE, SLICE_INIT("{\"HostConfig\":{\"LogConfig\":{\"Config\":{\"path\":\"/x\"}}}}"), 200, "{\"HostConfig\":{\"LogConfig\":{\"Config\":{\"path\":\"/x\"}}}}"},
    {"safe", SERVICE, SLICE_INIT("{\"TaskTemplate\":{\"LogDriver\":{\"Options\":{\"path\":\"x\"}}}}"), 403, "TaskTemplate.LogDriver.Options.path: is no option"},
    {"safe", CREATE, SLICE_INIT("{\"HostConfig\":{\"NetworkMode\":\"ns:/proc/1/ns/net\"}}"), 403, "HostConfig.NetworkMode: network ns:/proc/1/ns/net is not allowed"},
    {"safe", CREATE, SLICE_INIT("{\"HostConfig\":{\"NetworkMode\":\"/proc/1/ns/net\"}}"), 403, "HostConfig.NetworkMode: network /proc/1/ns/net is not allowed"},
    {"safe", CREATE, SLICE_INIT("{\"HostConfig\":{\"NetworkMode\":\"slirp4netns:allow_host_loopback=true\"}}"), 403, "HostConfig.NetworkMode: network slirp4netns:allow_host_loopback=true is not allowed"},
    {"safe networks=ns:/run/n", CREATE, SLICE_INIT("{\"HostConfig\":{\"NetworkMode\":\"ns:/run/n\"}}"), 200, "{\"HostConfig\":{\"NetworkMode\":\"ns:/run/n\"}}"},
    {"safe", CREATE, SLICE_INIT("{\"NetworkingConfig\":{\"EndpointsConfig\":{\"a:b\":{}}}}"), 403, "NetworkingConfig.EndpointsConfig: network a:b is not allowed"},
    {"safe binds=/data", CREATE, SLICE_INIT("{\"HostConfig\":{\"Mounts\":[{\"Type\":\"bind\",\"Source\":\"/data\",\"Target\":\"/x\",\"Consistency\":\"default\"}]}}"), 200, "{\"HostConfig\":{\"Mounts\":[{\"Type\":\"bind\",\"Source\":\"/data\",\"Target\":\"/x\",\"Consistency\":\"default\"}]}}"},
    {"safe binds=/data", CREATE, SLICE_INIT("{\"HostConfig\":{\"Mounts\":[{\"Type\":\"bind\",\"Source\":\"/data\",\"Target\":\"/x,source=/etc\",\"Consistency\":\"default\"}]}}"), 403, "HostConfig.Mounts[0]: /x,source=/etc has a comma"},
    {"safe binds=/data", CREATE, SLICE_INIT("{\"HostConfig\":{\"Mounts\":[{\"Type\":\"bind\",\"Source\":\"/data/x,source=/etc\",\"Target\":\"/x\",\"Consistency\":\"default\"}]}}"), 403, "HostConfig.Mounts[0]: /data/x,source=/etc has a comma"},
    {"safe binds=/data", CREATE, SLICE_INIT("{\"HostConfig\":{\"Mounts\":[{\"Type\":\"bind\",\"Source\":\"/data\",\"Target\":\"/x\",\"Consistency\":\"a,source=/etc\"}]}}"), 403, "HostConfig.Mounts[0]: a,source=/etc has a comma"},
    {"safe", CREATE, SLICE_INIT("{\"Env\":[\"*\"]}"), 403, "Env[0]: * is not allowed"},
    {"safe", CREATE, SLICE_INIT("{\"Env\":[\"A*\"]}"), 403, "Env[0]: A* is not allowed"},
    {"safe", CREATE, SLICE_INIT("{\"Env\":[\"A*=b\"]}"), 403, "Env[0]: A* is not allowed"},
    {"safe", CREATE, SLICE_INIT("{\"Env\":[\"A=*\",\"B\"]}"), 200, "{\"Env\":[\"A=*\",\"B\"]}"},
    {"safe", CREATE, SLICE_INIT("{\"HostConfig\":{\"ContainerIDFile\":\"/etc/passwd\"}}"), 200, "{\"HostConfig\":{\"ContainerIDFile\":\"\"}}"},
    {"safe", CREATE, SLICE_INIT("{\"Volumes\":{\"/dst:z\":{}}}"), 200, "{\"Volumes\":{\"/dst:z\":{}}}"},
    {"safe", CREATE, SLICE_INIT("{\"Volumes\":{\"/dst:ro,z\":{}}}"), 200, "{\"Volumes\":{\"/dst:ro,z\":{}}}"},
    {"safe", CREATE, SLICE_INIT("{\"Volumes\":{\"/dst:/x\":{}}}"), 403, "Volumes: /dst:/x is no plain absolute path"},
    {"safe", CREATE, SLICE_INIT("{\"Volumes\":{\"/dst:z:/x\":{}}}"), 403, "Volumes: /dst:z:/x is no plain absolute path"},
    {"safe", CREATE, SLICE_INIT("{\"Volumes\":{\"/dst:\":{}}}"), 403, "Volumes: /dst: is no plain absolute path"},
    {"safe", CREATE, SLICE_INIT("{\"Volumes\":{\"/dst::/x\":{}}}"), 403, "Volumes: /dst::/x is no plain absolute path"},
    {"safe", CREATE, SLICE_INIT("{\"Volumes\":{\"dst:z\":{}}}"), 403, "Volumes: dst:z is no plain absolute path"},
    {"safe", CREATE, SLICE_INIT("{\"Volumes\":{\"/../dst:z\":{}}}"), 403, "Volumes: /../dst:z is no plain absolute path"},
    {"safe", CREATE, SLICE_INIT("{\"HostConfig\":{\"Mounts\":[{\"Type\":\"volume\",\"Source\":\"v\",\"Target\":\"/t\",\"VolumeOptions\":{\"Subpath\":\"a/b\"}}]}}"), 200, "{\"HostConfig\":{\"Mounts\":[{\"Type\":\"volume\",\"Source\":\"v\",\"Target\":\"/t\",\"VolumeOptions\":{\"Subpath\":\"a/b\"}}]}}"},
    {"safe", CREATE, SLICE_INIT("{\"HostConfig\":{\"Mounts\":[{\"Type\":\"volume\",\"Source\":\"v\",\"Target\":\"/t\",\"VolumeOptions\":{\"Subpath\":\"/,volume-opt=type=none\"}}]}}"), 403, "HostConfig.Mounts[0].VolumeOptions.Subpath: /,volume-opt=type=none has a comma (policy test, requests.mounts)"},
    {"safe mounts=image", CREATE, SLICE_INIT("{\"HostConfig\":{\"Mounts\":[{\"Type\":\"image\",\"Source\":\"v\",\"Target\":\"/t\",\"ImageOptions\":{\"Subpath\":\"/,x\"}}]}}"), 403, "HostConfig.Mounts[0].ImageOptions.Subpath: /,x has a comma"},
    {"safe mounts=* binds=/src", CREATE, SLICE_INIT("{\"HostConfig\":{\"Mounts\":[{\"Type\":\"bind,source=/etc\",\"Target\":\"/m\"}]}}"), 403, "HostConfig.Mounts[0]: bind,source=/etc has a comma"},
    {"safe mounts=*", CREATE, SLICE_INIT("{\"HostConfig\":{\"Mounts\":[{\"Type\":\"glob\",\"Source\":\"/etc/*\",\"Target\":\"/m\"}]}}"), 403, "HostConfig.Mounts[0]: type glob is not allowed"},
    {"safe networks=ci-*", CREATE, SLICE_INIT("{\"HostConfig\":{\"NetworkMode\":\"ci-x,secret\"}}"), 403, "HostConfig.NetworkMode: network ci-x,secret is not allowed"},
    {"safe log-drivers=g*", CREATE, SLICE_INIT("{\"HostConfig\":{\"LogConfig\":{\"Config\":{\"gelf-address\":\"/x\"}}}}"), 200, "{\"HostConfig\":{\"LogConfig\":{\"Config\":{\"gelf-address\":\"/x\"}}}}"},
    {"safe log-drivers=p*", CREATE, SLICE_INIT("{\"HostConfig\":{\"LogConfig\":{\"Config\":{\"path\":\"/x\"}}}}"), 403, "HostConfig.LogConfig.Config.path: is no option"},
    /* Fields of clients that the engine ignores. */
    {"safe", CREATE, SLICE_INIT("{\"VolumesFrom\":[]}"), 200, "{\"VolumesFrom\":[]}"},
    {"safe", CREATE, SLICE_INIT("{\"VolumesFrom\":[\"c\"]}"), 403, "VolumesFrom: may not be given"},
    {"safe", OPERATION_EXEC_START, SLICE_INIT("{\"hijack\":true,\"stdin\":true}"), 200, "{\"hijack\":true,\"stdin\":true}"},
    {"safe memory=1k", CREATE, HOST("\"MemoryReservation\":1025"), 403, "HostConfig.MemoryReservation: 1025 is not allowed, at most 1024 (policy test, requests.memory)"},
    {"safe memory=1k", CREATE, HOST("\"MemoryReservation\":1024"), 200, "{\"HostConfig\":{\"Memory\":1024,\"MemoryReservation\":1024}}"},
    {"safe memory=1k", UPDATE, SLICE_INIT("{\"MemoryReservation\":1025}"), 403, "MemoryReservation: 1025 is not allowed, at most 1024"},
    /* Directories that may only be read keep their label, too. */
    {"safe binds=/srv:ro", CREATE, SLICE_INIT("{\"HostConfig\":{\"Binds\":[\"/srv:/a:Z,rprivate,z,rw\"]}}"), 200, "{\"HostConfig\":{\"Binds\":[\"/srv:/a:ro,rprivate\"]}}"},
    /* Volumes of mounts: labels of the policy are not the client's to set; nodes expand what stands in services. */
    {"safe set.labels=team=a", CREATE, SLICE_INIT("{\"HostConfig\":{\"Mounts\":[{\"Type\":\"volume\",\"Source\":\"v\",\"Target\":\"/x\",\"VolumeOptions\":{\"Labels\":{\"team\":\"b\",\"x\":\"y\"}}}]}}"), 200, "{\"Labels\":{\"team\":\"a\"},\"HostConfig\":{\"Mounts\":[{\"Type\":\"volume\",\"Source\":\"v\",\"Target\":\"/x\",\"VolumeOptions\":{\"Labels\":{\"x\":\"y\"}}}]}}"},
    {"safe", CREATE, SLICE_INIT("{\"HostConfig\":{\"Mounts\":[{\"Type\":\"volume\",\"Source\":\"v\",\"Target\":\"/x\",\"VolumeOptions\":{\"Labels\":{\"x\":\"{{printf}}\"}}}]}}"), 200, "{\"HostConfig\":{\"Mounts\":[{\"Type\":\"volume\",\"Source\":\"v\",\"Target\":\"/x\",\"VolumeOptions\":{\"Labels\":{\"x\":\"{{printf}}\"}}}]}}"},
    {"safe", SERVICE, SLICE_INIT("{\"TaskTemplate\":{\"ContainerSpec\":{\"Mounts\":[{\"Type\":\"volume\",\"Source\":\"v\",\"Target\":\"/x\",\"VolumeOptions\":{\"Labels\":{\"x\":\"{{printf}}\"}}}]}}}"), 403, "TaskTemplate.ContainerSpec.Mounts[0].VolumeOptions.Labels.x: only templates of one name"},
    {"safe volume-options=true", SERVICE, SLICE_INIT("{\"TaskTemplate\":{\"ContainerSpec\":{\"Mounts\":[{\"Type\":\"volume\",\"Source\":\"v\",\"Target\":\"/x\",\"VolumeOptions\":{\"DriverConfig\":{\"Options\":{\"x\":\"{{printf}}\"}}}}]}}}"), 403, "TaskTemplate.ContainerSpec.Mounts[0].VolumeOptions.DriverConfig.Options.x: only templates"},
    /* Who names no network gets the bridge. */
    {"safe networks=none,team", SERVICE, SLICE_INIT("{\"Name\":\"s\"}"), 403, "Networks: network default is not allowed (policy test, requests.networks)"},
    {"safe networks=none,team", SERVICE, SLICE_INIT("{\"TaskTemplate\":{\"Networks\":[]},\"Networks\":[]}"), 403, "Networks: network default is not allowed"},
    {"safe networks=none,team", SERVICE, SLICE_INIT("{\"TaskTemplate\":{\"Networks\":[{\"Target\":\"\"}]}}"), 403, "Networks: network default is not allowed"},
    {"safe networks=none,team", SERVICE, SLICE_INIT("{\"TaskTemplate\":{\"Networks\":[{\"Target\":\"team\"}]}}"), 200, "{\"TaskTemplate\":{\"Networks\":[{\"Target\":\"team\"}]}}"},
    {"safe networks=none,team", OPERATION_SERVICE_UPDATE, SLICE_INIT("{\"Networks\":[{\"Target\":\"team\"}]}"), 200, "{\"Networks\":[{\"Target\":\"team\"}]}"},
    {"safe", SERVICE, SLICE_INIT("{\"UpdateConfig\":{\"MaxFailureRatio\":0.33333334}}"), 200, "{\"UpdateConfig\":{\"MaxFailureRatio\":0.333333340}}"},
    {"safe set.labels=a=1", SERVICE, SLICE_INIT("{\"Labels\":{\"a\":\"2\"}}"), 200, "{\"Labels\":{\"a\":\"1\"},\"TaskTemplate\":{\"ContainerSpec\":{\"Labels\":{\"a\":\"1\"}}}}"},
    {"safe set.labels=a=1", OPERATION_SERVICE_UPDATE, SLICE_INIT("{}"), 200, "{\"Labels\":{\"a\":\"1\"},\"TaskTemplate\":{\"ContainerSpec\":{\"Labels\":{\"a\":\"1\"}}}}"},
    {"safe set.labels=a=1", VOLUME, SLICE_INIT("{\"Name\":\"v\"}"), 200, "{\"Name\":\"v\",\"Labels\":{\"a\":\"1\"}}"},
    {"safe set.labels=a=1", NETWORK, SLICE_INIT("{\"Name\":\"n\",\"Labels\":{\"a\":\"2\",\"b\":\"\"}}"), 200, "{\"Name\":\"n\",\"Labels\":{\"b\":\"\",\"a\":\"1\"}}"},
    {"safe set.labels=a=1", OPERATION_SECRET_CREATE, SLICE_INIT("{\"Name\":\"s\",\"Data\":\"YQ==\"}"), 200, "{\"Name\":\"s\",\"Labels\":{\"a\":\"1\"},\"Data\":\"YQ==\"}"},
    {"safe set.labels=a=1", OPERATION_CONFIG_UPDATE, SLICE_INIT("{\"Name\":\"c\",\"Labels\":null}"), 200, "{\"Name\":\"c\",\"Labels\":{\"a\":\"1\"}}"},
    /* Secrets and configs. */
    {"safe", OPERATION_SECRET_CREATE, SLICE_INIT("{\"data\":\"YQ==\",\"NAME\":\"s\",\"Driver\":null}"), 200, "{\"Name\":\"s\",\"Data\":\"YQ==\"}"},
    {"safe", OPERATION_SECRET_CREATE, SLICE_INIT("{\"Name\":\"s\",\"Driver\":{\"Name\":\"vault\"}}"), 403, "Driver: may not be given (policy test)"},
    {"safe", OPERATION_SECRET_UPDATE, SLICE_INIT("{\"Templating\":{\"Name\":\"golang\"}}"), 403, "Templating: may not be given (policy test)"},
    {"safe", OPERATION_CONFIG_CREATE, SLICE_INIT("{\"Name\":\"c\",\"Driver\":{}}"), 403, "Driver: no field that is known here"},
    {"safe", OPERATION_CONFIG_CREATE, SLICE_INIT("{\"Name\":\"c\",\"Templating\":{}}"), 403, "Templating: may not be given (policy test)"},
    {"safe labels=a", OPERATION_CONFIG_UPDATE, SLICE_INIT("{\"Labels\":{\"b\":\"1\"}}"), 403, "Labels.b: is not allowed (policy test, requests.labels)"},
    /* Services. */
    {"safe", SERVICE, SLICE_INIT("{\"TaskTemplate\":{\"Runtime\":\"plugin\"}}"), 403, "TaskTemplate.Runtime: plugin is not allowed"},
    {"safe", SERVICE, SLICE_INIT("{\"TaskTemplate\":{\"PluginSpec\":{}}}"), 403, "TaskTemplate.PluginSpec: may not be given"},
    {"safe", SERVICE, SLICE_INIT("{\"UpdateConfig\":{\"MaxFailureRatio\":0.25,\"Delay\":1}}"), 200, "{\"UpdateConfig\":{\"Delay\":1,\"MaxFailureRatio\":0.250000000}}"},
    {"safe", SERVICE, SLICE_INIT("{\"UpdateConfig\":{\"MaxFailureRatio\":0.1234567891}}"), 400, "UpdateConfig.MaxFailureRatio: not a number with"},
    {"safe", SERVICE, SLICE_INIT("{\"TaskTemplate\":{\"ContainerSpec\":{\"Privileges\":{\"Seccomp\":{\"Mode\":\"unconfined\"}}}}}"), 403, "TaskTemplate.ContainerSpec.Privileges.Seccomp: may not be given (policy test, requests.security-options)"},
    /* The nodes expand templates when a task begins. */
    {"safe binds=/data", SERVICE, MOUNTED("/data/{{.Node.Hostname}}"), 403, "TaskTemplate.ContainerSpec.Mounts[0]: /data/{{.Node.Hostname}} is a template"},
    {"safe binds=/data", SERVICE, MOUNTED("/data/{{\\\"\\\\x2e\\\\x2e\\\"}}/etc"), 403, "TaskTemplate.ContainerSpec.Mounts[0]: /data/{{"},
    {"safe binds=/data", SERVICE, MOUNTED("/data/\\u007b\\u007b1}}"), 403, "TaskTemplate.ContainerSpec.Mounts[0]: /data/{{1}} is a template"},
    {"safe binds=/data", SERVICE, MOUNTED("/data/{x}"), 200, "{\"TaskTemplate\":{\"ContainerSpec\":{\"Mounts\":[{\"Type\":\"bind\",\"Source\":\"/data/{x}\",\"Target\":\"/x\"}]}}}"},
    {"safe environment=*_URL", SERVICE, SLICE_INIT("{\"TaskTemplate\":{\"ContainerSpec\":{\"Env\":[\"{{1}}_URL=x\"]}}}"), 403, "TaskTemplate.ContainerSpec.Env[0]: {{1}}_URL is not allowed"},
    {"safe", SERVICE, SLICE_INIT("{\"TaskTemplate\":{\"ContainerSpec\":{\"Env\":[\"A={{printf \\\"%9999999d\\\" 1}}\"]}}}"), 403, "TaskTemplate.ContainerSpec.Env[0]: only templates of one name, as {{.Name}}, are allowed"},
    {"safe", SERVICE, SLICE_INIT("{\"TaskTemplate\":{\"ContainerSpec\":{\"Hostname\":\"{{template \\\"a\\\"}}\"}}}"), 403, "TaskTemplate.ContainerSpec.Hostname: only templates"},
    {"safe", SERVICE, SLICE_INIT("{\"TaskTemplate\":{\"ContainerSpec\":{\"Hostname\":\"{{.Task.Slot}}\"}}}"), 200, "{\"TaskTemplate\":{\"ContainerSpec\":{\"Hostname\":\"{{.Task.Slot}}\"}}}"},
    {"safe", CREATE, SLICE_INIT("{\"Env\":[\"A={{x\"],\"Hostname\":\"{{\"}"), 200, "{\"Hostname\":\"{{\",\"Env\":[\"A={{x\"]}"},
    {"safe environment=*_URL", SERVICE, SLICE_INIT("{\"TaskTemplate\":{\"ContainerSpec\":{\"Env\":[\"A_URL={{.Node.ID}}\"]}}}"), 200, "{\"TaskTemplate\":{\"ContainerSpec\":{\"Env\":[\"A_URL={{.Node.ID}}\"]}}}"},
    {"ci", SERVICE, SLICE_INIT("{\"EndpointSpec\":{\"Ports\":[{\"PublishedPort\":8080}]}}"), 403, "EndpointSpec.Ports[0].PublishedPort: port 8080 is not allowed on all addresses"},
};
/* clang-format on */

static void test_bodies(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        check_row(&ROWS[i]);
    }
}

struct head_row {
    const char *settings;
    enum operation_id op;
    struct slice name;
    struct slice type;
    struct slice query;
    bool body;
    unsigned status;
    const char *says;
};

/* clang-format off */
#define JSON SLICE_INIT("application/json")
#define NONE SLICE_INIT("")
static const struct head_row HEADS[] = {
    {"safe", CREATE, NONE, JSON, SLICE_INIT("name=x"), true, 200, ""},
    {"safe", CREATE, NONE, SLICE_INIT("Application/JSON ; charset=x"), NONE, true, 200, ""},
    {"safe", CREATE, NONE, SLICE_INIT("text/plain"), NONE, true, 415, "the body's Content-Type must be"},
    {"safe", CREATE, NONE, NONE, NONE, true, 415, "the body's Content-Type must be"},
    {"safe", OPERATION_CONTAINER_KILL, NONE, SLICE_INIT("application/x-www-form-urlencoded"), NONE, true, 415, "forms are not accepted"},
    {"safe", OPERATION_CONTAINER_KILL, NONE, SLICE_INIT("application/x-www-form-urlencoded\xc2\xa0"), NONE, true, 415, "forms are not accepted"},
    {"safe", OPERATION_CONTAINER_KILL, NONE, SLICE_INIT("\xe2\x80\x83" "application/x-www-form-urlencoded;x"), NONE, true, 415, "forms are not accepted"},
    {"safe", OPERATION_CONTAINER_KILL, NONE, SLICE_INIT("appl\xc4\xb0" "cation/x-www-form-urlencoded"), NONE, true, 415, "forms are not accepted"},
    {"safe", OPERATION_CONTAINER_KILL, NONE, SLICE_INIT("text/plain; charset=\xc2\xa0"), NONE, true, 200, ""},
    {"safe", OPERATION_IMAGE_BUILD, NONE, SLICE_INIT("Multipart/Form-Data; boundary=x"), NONE, true, 415, "forms are not accepted"},
    {"safe", OPERATION_CONTAINER_KILL, NONE, NONE, SLICE_INIT("signal=9"), false, 200, ""},
    {"safe", OPERATION_CONTAINER_LIST, NONE, NONE, SLICE_INIT("all=1;"), false, 200, ""},
    {"safe", OPERATION_PLUGIN_PULL, NONE, JSON, NONE, true, 403, "PluginPull can't be checked (policy test, requests.unchecked)"},
    {"safe unchecked=true", OPERATION_PLUGIN_PULL, NONE, JSON, NONE, true, 200, ""},
    {"safe", OPERATION_IMAGE_COMMIT, NONE, NONE, NONE, false, 403, "ImageCommit can't be checked"},
    {"safe", OPERATION_CONTAINER_ARCHIVE_PUT, NONE, NONE, NONE, true, 403, "PutContainerArchive can't be checked"},
    {"safe", OPERATION_SESSION, NONE, NONE, NONE, false, 403, "Session can't be checked"},
    {"safe", OPERATION_GRPC, NONE, NONE, NONE, false, 403, "GRPC can't be checked (policy test, requests.unchecked)"},
    {"safe", OPERATION_LIBPOD_CONTAINER_CREATE, NONE, JSON, NONE, true, 403, "ContainerCreateLibpod can't be checked"},
    {"safe", OPERATION_IMAGE_BUILD, NONE, NONE, SLICE_INIT("t=a%3Ab&rm=1&version=1&networkmode=default"), true, 200, ""},
    {"safe", OPERATION_IMAGE_BUILD, NONE, NONE, SLICE_INIT("%72emote=http://x"), true, 403, "query remote: http://x is not allowed (requests.build)"},
    {"safe build=remote", OPERATION_IMAGE_BUILD, NONE, NONE, SLICE_INIT("remote=http://x"), true, 200, ""},
    {"safe", OPERATION_IMAGE_BUILD, NONE, NONE, SLICE_INIT("networkmode=ns:/proc/1/ns/net"), true, 403, "query networkmode: ns:/proc/1/ns/net is not allowed (requests.networks)"},
    {"safe", OPERATION_IMAGE_BUILD, NONE, NONE, SLICE_INIT("networkmode=/proc/1/ns/net"), true, 403, "query networkmode: /proc/1/ns/net is not allowed (requests.networks)"},
    {"sandbox", OPERATION_IMAGE_BUILD, NONE, NONE, SLICE_INIT("t=x"), true, 403, "query networkmode: default is not allowed (requests.networks)"},
    {"sandbox", OPERATION_IMAGE_BUILD, NONE, NONE, SLICE_INIT("networkmode="), true, 403, "query networkmode: default is not allowed"},
    {"sandbox", OPERATION_IMAGE_BUILD, NONE, NONE, SLICE_INIT("t=x&networkmode=none"), true, 200, ""},
    {"safe memory=1k", OPERATION_IMAGE_BUILD, NONE, NONE, SLICE_INIT("memory=1024&memswap=2048&cpuperiod=5"), true, 200, ""},
    {"safe memory=1k", OPERATION_IMAGE_BUILD, NONE, NONE, SLICE_INIT("memory=1025"), true, 403, "query memory: 1025 is not allowed (requests.memory)"},
    {"safe memory=1k", OPERATION_IMAGE_BUILD, NONE, NONE, SLICE_INIT("memswap=2050"), true, 403, "query memswap: 2050 is not allowed (requests.memory)"},
    {"safe memory=1k", OPERATION_IMAGE_BUILD, NONE, NONE, SLICE_INIT("memswap=-1"), true, 403, "query memswap: -1 is not allowed (requests.memory)"},
    {"safe cpus=1", OPERATION_IMAGE_BUILD, NONE, NONE, SLICE_INIT("cpuquota=5"), true, 403, "query cpuquota: 5 is not allowed (requests.cpus)"},
    {"safe cpus=1", OPERATION_IMAGE_BUILD, NONE, NONE, SLICE_INIT("cpuquota=0&memory=5"), true, 200, ""},
    {"safe", OPERATION_CONTAINER_START, NONE, NONE, SLICE_INIT("detachKeys=ctrl-p&checkpoint=&checkpoint-dir="), false, 200, ""},
    {"safe", OPERATION_CONTAINER_START, NONE, NONE, SLICE_INIT("checkpoint=../../../volumes/v/_data"), false, 403, "query checkpoint: ../../../volumes/v/_data is not allowed"},
    {"safe", OPERATION_CONTAINER_START, NONE, NONE, SLICE_INIT("checkpoint=default"), false, 403, "query checkpoint: default is not allowed"},
    {"safe", OPERATION_CONTAINER_START, NONE, NONE, SLICE_INIT("checkpoint-dir=/x"), false, 403, "query checkpoint-dir: /x is not allowed"},
    {"safe", OPERATION_CONTAINER_START, NONE, NONE, SLICE_INIT("x=1"), false, 403, "query x: no parameter that is known here"},
    {"safe", OPERATION_IMAGE_BUILD, NONE, NONE, SLICE_INIT("dockerfile=Dockerfile"), true, 200, ""},
    {"safe", OPERATION_IMAGE_BUILD, NONE, NONE, SLICE_INIT("dockerfile=a/b.c"), true, 200, ""},
    {"safe", OPERATION_IMAGE_BUILD, NONE, NONE, SLICE_INIT("dockerfile=.dockerfile.0123abcd"), true, 200, ""},
    {"safe", OPERATION_IMAGE_BUILD, NONE, NONE, SLICE_INIT("dockerfile=/x"), true, 200, ""},
    {"safe", OPERATION_IMAGE_BUILD, NONE, NONE, SLICE_INIT("dockerfile=..x/y.."), true, 200, ""},
    {"safe", OPERATION_IMAGE_BUILD, NONE, NONE, SLICE_INIT("dockerfile=%2e/x"), true, 200, ""},
    {"safe", OPERATION_IMAGE_BUILD, NONE, NONE, SLICE_INIT("dockerfile=../../etc/hostname"), true, 403, "query dockerfile: ../../etc/hostname is no file of the context"},
    {"safe", OPERATION_IMAGE_BUILD, NONE, NONE, SLICE_INIT("dockerfile=a/.."), true, 403, "query dockerfile: a/.. is no file of the context"},
    {"safe", OPERATION_IMAGE_BUILD, NONE, NONE, SLICE_INIT("dockerfile=a%2f%2e%2e/b"), true, 403, "query dockerfile: a/../b is no file of the context"},
    {"safe", OPERATION_IMAGE_BUILD, NONE, NONE, SLICE_INIT("dockerfile=http://x/y"), true, 403, "query dockerfile: http://x/y is no file of the context"},
    {"safe", OPERATION_IMAGE_BUILD, NONE, NONE, SLICE_INIT("dockerfile=https://x/y"), true, 403, "query dockerfile: https://x/y is no file of the context"},
    {"safe", OPERATION_IMAGE_BUILD, NONE, NONE, SLICE_INIT("dockerfile=[\"x\"]"), true, 403, "query dockerfile: [\\\"x\\\"] is no file of the context"},
    {"safe", OPERATION_IMAGE_BUILD, NONE, NONE, SLICE_INIT("networkmode=host"), true, 403, "query networkmode: host is not allowed"},
    {"safe", OPERATION_IMAGE_BUILD, NONE, NONE, SLICE_INIT("networkmode=&networkmode=host"), true, 403, "query networkmode: host is not allowed"},
    {"safe", OPERATION_IMAGE_BUILD, NONE, NONE, SLICE_INIT("version=2"), true, 403, "query version: 2 is not allowed"},
    {"safe", OPERATION_IMAGE_BUILD, NONE, NONE, SLICE_INIT("cgroupparent=%2f"), true, 403, "query cgroupparent: / is not"},
    {"safe", OPERATION_IMAGE_BUILD, NONE, NONE, SLICE_INIT("new=1"), true, 403, "query new: no parameter that is known here"},
    {"safe", OPERATION_IMAGE_BUILD, NONE, NONE, SLICE_INIT("t=a;remote=x"), true, 400, "the query can't be read in one way only"},
    {"safe", OPERATION_IMAGE_BUILD, NONE, NONE, SLICE_INIT("t=%zz"), true, 400, "the query can't be read"},
    {"safe", OPERATION_IMAGE_BUILD, NONE, NONE, SLICE_INIT("t=%4"), true, 400, "the query can't be read"},
    {"safe", OPERATION_IMAGE_CREATE, NONE, NONE, SLICE_INIT("fromImage=busybox&tag=latest"), false, 200, ""},
    {"safe images=node:22*", OPERATION_IMAGE_CREATE, NONE, NONE, SLICE_INIT("fromImage=node:22/x&tag=1"), false, 403, "query fromImage: node:22/x:1 is not allowed"},
    {"safe images=node*", OPERATION_IMAGE_CREATE, NONE, NONE, SLICE_INIT("fromImage=node.example/x&tag=1"), false, 403, "query fromImage: node.example/x:1 is not allowed"},
    {"safe images=*:1", OPERATION_IMAGE_CREATE, NONE, NONE, SLICE_INIT("fromImage=node/x&tag=1"), false, 200, ""},
    {"safe images=reg/*", OPERATION_IMAGE_CREATE, NONE, NONE, SLICE_INIT("fromImage=reg/a/b&tag=1"), false, 200, ""},
    {"safe images=reg/*", OPERATION_IMAGE_CREATE, NONE, NONE, SLICE_INIT("fromImage=busybox&tag=latest"), false, 403, "query fromImage: busybox:latest is not allowed (policy test, requests.images)"},
    {"safe", OPERATION_IMAGE_CREATE, NONE, NONE, SLICE_INIT("fromSrc=-&repo=x"), true, 403, "query fromSrc: this is not allowed (requests.unchecked)"},
    {"safe", OPERATION_IMAGE_CREATE, NONE, NONE, SLICE_INIT("fromImage=a&fromImage=b"), false, 400, "query fromImage: twice"},
    {"safe", OPERATION_SERVICE_UPDATE, NONE, JSON, SLICE_INIT("version=1&rollback=previous"), true, 403, "query rollback: previous is not allowed"},
    {"safe", CONNECT, SLICE_INIT("host"), JSON, NONE, true, 403, "network host is not allowed (policy test, requests.networks)"},
    {"safe", CONNECT, SLICE_INIT("web"), JSON, NONE, true, 200, ""},
};
/* clang-format on */

static void test_heads(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(HEADS) / sizeof(HEADS[0]); i++) {
        const struct head_row *row = &HEADS[i];
        struct requests_refusal refusal = {.status = 200};
        struct requests_policy *p = policy(row->settings);
        struct requests_head h = {.operation = row->op,
                                  .name = row->name,
                                  .content_type = row->type,
                                  .query = row->query,
                                  .has_body = row->body};
        bool ok = requests_check_head(p, &h, &refusal);
        if (!slice_starts_with(slice_of(refusal.text, refusal.len), slice_from_text(row->says)) ||
            refusal.status != row->status) {
            fail_msg("row %zu: %u %.*s", i, refusal.status, (int)refusal.len, refusal.text);
        }
        assert_int_equal(ok, row->status == 200);
        requests_policy_free(p);
    }
}

/* Engines take a limit of a service off again that the request's API does not have. */
static void test_versions(void **state)
{
    static const struct {
        const char *settings;
        const char *version;
        bool passes;
    } rows[] = {
        {"safe pids=5", "", true},       {"safe pids=5", "1.41", true},
        {"safe pids=5", "1.041", true},  {"safe pids=5", "1.100", true},
        {"safe pids=5", "2.0", true},    {"safe pids=5", "1.40", false},
        {"safe pids=5", "1.4.1", false}, {"safe pids=5", "1.040", false},
        {"safe pids=5", "1", false},     {"safe pids=5", "0.99", false},
        {"safe pids=5", "..41", false},  {"safe", "1.24", true},
        {"safe pids=5", "1.41.1", true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (size_t n = 0; n < 3; n++) {
            static const enum operation_id ops[] = {SERVICE, OPERATION_SERVICE_UPDATE, CREATE};
            struct requests_refusal refusal = {.status = 200};
            struct requests_policy *p = policy(rows[i].settings);
            struct requests_head h = {.operation = ops[n],
                                      .version = slice_from_text(rows[i].version),
                                      .content_type = SLICE("application/json"),
                                      .has_body = true};
            bool ok = requests_check_head(p, &h, &refusal);

            assert_int_equal(ok, rows[i].passes || ops[n] == CREATE);
            assert_int_equal(refusal.status, ok ? 200 : 403);
            assert_true(ok || strstr(refusal.text, "which is from 1.41 on") != NULL);
            requests_policy_free(p);
        }
    }
}

/* Commands by patterns with blanks, which no setting in one word can say. */
static void test_commands(void **state)
{
    static const struct {
        const char *pattern;
        struct slice body;
        bool passes;
    } rows[] = {
        {"ls *", SLICE_INIT("{\"Cmd\":[\"ls\"]}"), true},
        {"ls *", SLICE_INIT("{\"Cmd\":[\"ls\",\"-l\",\"/\"]}"), true},
        {"ls *", SLICE_INIT("{\"Cmd\":[\"ls -l\"]}"), false},
        {"ls * /x", SLICE_INIT("{\"Cmd\":[\"ls\",\"-l\",\"/x\"]}"), true},
        {"ls * /x", SLICE_INIT("{\"Cmd\":[\"ls\",\"-l\",\"-a\",\"/x\"]}"), false},
        {"backup-* now", SLICE_INIT("{\"Cmd\":[\"backup-db\",\"now\"]}"), true},
        {"backup-* now", SLICE_INIT("{\"Cmd\":[\"backup-db\"]}"), false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct diag d = {{0}};
        struct requests_refusal refusal = {.status = 0};
        char room[512 + 4096];
        struct buf out;
        struct requests_policy *p = policy("closed");
        assert_true(requests_policy_add(p, SLICE("exec"), slice_from_text(rows[i].pattern), &d));
        buf_init(&out, room, sizeof(room));
        assert_int_equal(requests_check_body(p, EXEC, rows[i].body, &out, &refusal),
                         rows[i].passes);
        requests_policy_free(p);
    }
}

/* Each operation that changes something is listed, or refused. */
static void test_every_operation(void **state)
{
    struct requests_policy *p = policy("safe");
    size_t refused = 0;
    (void)state;
    for (enum operation_id op = 0; op < OPERATION_COUNT; op++) {
        struct requests_refusal refusal = {.status = 0};
        struct requests_head h = {.operation = op, .query = SLICE("")};
        struct slice method = operation_get(op)->method;
        bool ok = requests_check_head(p, &h, &refusal);
        if (slice_equal(method, SLICE("GET")) || slice_equal(method, SLICE("HEAD")) ||
            slice_equal(method, SLICE("DELETE"))) {
            assert_true(ok);
        }
        refused += ok ? 0 : 1;
    }
    assert_true(refused > 60);
    requests_policy_free(p);
}

static size_t allocations_left = SIZE_MAX;

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);

static bool may_allocate(void)
{
    return allocations_left > 0 && allocations_left-- > 0;
}

void *__wrap_malloc(size_t size)
{
    return may_allocate() ? __real_malloc(size) : NULL;
}

void *__wrap_calloc(size_t n, size_t size)
{
    return may_allocate() ? __real_calloc(n, size) : NULL;
}

/* What is escaped, and what only looks like it, at each place of a word, is written as the client
 * wrote it: by the shortest escapes. */
static void test_texts(void **state)
{
    static const char *const parts[] = {
        "\\\"",
        "\\\\",
        "\\n",
        "\\u0001",
        "\\u001f",
        " ",
        "!",
        "\x7f",
        "\xc2\xa2",
        "\xc3\x9c",
        "\xe2\x82\xac",
        "\xf0\x9f\x98\x80",
        "\\b\\f\\r\\t",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        for (int before = 0; before < 18; before++) {
            for (int behind = 0; behind < 9; behind++) {
                char body[256];
                int len = snprintf(body, sizeof(body),
                                   "{\"Env\":[\"A=%.*s%s%.*s\"],\"Labels\":{\"%.*s%s\":\"\"}}",
                                   before, "aaaaaaaaaaaaaaaaaaa", parts[i], behind, "zzzzzzzzz",
                                   before, "aaaaaaaaaaaaaaaaaaa", parts[i]);
                const struct row row = {"safe", CREATE, slice_of(body, (size_t)len), 200, body};
                check_row(&row);
            }
        }
    }
}

/* Whichever allocation of the reader fails, the body is refused, and nothing is lost. */
static void test_no_memory(void **state)
{
    char body[2048];
    struct requests_policy *p = policy("safe");
    size_t refused = 0;
    bool ok = false;
    int len = snprintf(body, sizeof(body), "{\"Image\":\"a\",\"Labels\":{");
    (void)state;
    /* More labels than are searched for names that come twice without a list of them. */
    for (int i = 0; i < 100; i++) {
        len +=
            snprintf(body + len, sizeof(body) - (size_t)len, "%s\"l%d\":\"\"", i > 0 ? "," : "", i);
    }
    len += snprintf(body + len, sizeof(body) - (size_t)len, "}}");
    for (size_t n = 0; !ok; n++) {
        char room[4096];
        struct requests_refusal refusal = {.status = 0};
        struct buf out;
        assert_true(n < 1000);
        allocations_left = n;
        buf_init(&out, room, sizeof(room));
        ok = requests_check_body(p, CREATE, slice_of(body, (size_t)len), &out, &refusal);
        allocations_left = SIZE_MAX;
        assert_true(ok || refusal.status == 400);
        refused += ok ? 0 : 1;
    }
    assert_true(refused >= 2);
    requests_policy_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bodies),          cmocka_unit_test(test_heads),
        cmocka_unit_test(test_versions),        cmocka_unit_test(test_commands),
        cmocka_unit_test(test_every_operation), cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
