/* The documents of requests, as the engine (20.10 to API 1.52) declares them. What is not here is
 * refused, so a field that nobody may ever use needs no row. */
#include "inspect/requests_schema.h"

#include <assert.h>

#define COUNT(fields) (sizeof(fields) / sizeof((fields)[0]))

/* Rows: a plain field, one whose rule sees it missing, one that consists of others, and both. */
#define FIELD(name, type, rule)                                                                    \
    {                                                                                              \
        SLICE_INIT(name), REQUESTS_TYPE_##type, REQUESTS_RULE_##rule, NULL, false                  \
    }
#define NEEDED(name, type, rule)                                                                   \
    {                                                                                              \
        SLICE_INIT(name), REQUESTS_TYPE_##type, REQUESTS_RULE_##rule, NULL, true                   \
    }
#define INNER(name, type, rule, object)                                                            \
    {                                                                                              \
        SLICE_INIT(name), REQUESTS_TYPE_##type, REQUESTS_RULE_##rule, &(object), false             \
    }
#define NEEDED_INNER(name, type, rule, object)                                                     \
    {                                                                                              \
        SLICE_INIT(name), REQUESTS_TYPE_##type, REQUESTS_RULE_##rule, &(object), true              \
    }
#define OBJECT(name, fields) OBJECT_RULED(name, fields, FREE)
#define OBJECT_RULED(name, fields, rule)                                                           \
    static const struct requests_object name = {fields, COUNT(fields), REQUESTS_RULE_##rule}

/* clang-format off */
const struct requests_object REQUESTS_EMPTY = {NULL, 0, REQUESTS_RULE_FREE};

static const struct requests_field HEALTH_FIELDS[] = {
    FIELD("Test",          TEXTS, FREE),
    FIELD("Interval",      INT,   FREE),
    FIELD("Timeout",       INT,   FREE),
    FIELD("StartPeriod",   INT,   FREE),
    FIELD("StartInterval", INT,   FREE),
    FIELD("Retries",       INT,   FREE),
};
OBJECT(HEALTH, HEALTH_FIELDS);

/* Mounts: of containers and of services. */
static const struct requests_field BIND_OPTIONS_FIELDS[] = {
    FIELD("Propagation",            TEXT, FREE), /* the mount's rule looks at it */
    FIELD("NonRecursive",           BOOL, FREE),
    FIELD("CreateMountpoint",       BOOL, FREE),
    FIELD("ReadOnlyNonRecursive",   BOOL, MOUNT_RECURSIVE),
    FIELD("ReadOnlyForceRecursive", BOOL, FREE),
};
OBJECT(BIND_OPTIONS, BIND_OPTIONS_FIELDS);
static const struct requests_field DRIVER_CONFIG_FIELDS[] = {
    FIELD("Name",    TEXT, VOLUME_DRIVER),
    FIELD("Options", MAP,  VOLUME_OPTIONS),
};
OBJECT(DRIVER_CONFIG, DRIVER_CONFIG_FIELDS);
static const struct requests_field VOLUME_MOUNT_FIELDS[] = {
    FIELD("NoCopy",       BOOL,   FREE),
    FIELD("Labels",       MAP,    LABEL_NAMES),
    INNER("DriverConfig", OBJECT, FREE, DRIVER_CONFIG),
    FIELD("Subpath",      TEXT,   SUBPATH),
};
OBJECT(VOLUME_MOUNT, VOLUME_MOUNT_FIELDS);
static const struct requests_field TMPFS_FIELDS[] = {
    FIELD("SizeBytes", INT,     FREE),
    FIELD("Mode",      INT,     FREE),
    FIELD("Options",   NOTHING, FREE),
};
OBJECT(TMPFS, TMPFS_FIELDS);
static const struct requests_field IMAGE_MOUNT_FIELDS[] = {
    FIELD("Subpath", TEXT, SUBPATH),
};
OBJECT(IMAGE_MOUNT, IMAGE_MOUNT_FIELDS);
/* The order is known to the mount's rule. */
static const struct requests_field MOUNT_FIELDS[] = {
    FIELD("Type",           TEXT,   FREE),
    FIELD("Source",         TEXT,   FREE),
    FIELD("Target",         TEXT,   PLAIN),
    NEEDED("ReadOnly",      BOOL,   MOUNT_READ_ONLY),
    INNER("BindOptions",    OBJECT, FREE, BIND_OPTIONS),
    FIELD("Consistency",    TEXT,   PLAIN),
    INNER("VolumeOptions",  OBJECT, FREE, VOLUME_MOUNT),
    INNER("TmpfsOptions",   OBJECT, FREE, TMPFS),
    INNER("ImageOptions",   OBJECT, FREE, IMAGE_MOUNT),
    INNER("ClusterOptions", OBJECT, FREE, REQUESTS_EMPTY),
};
OBJECT_RULED(MOUNT, MOUNT_FIELDS, MOUNT);

/* Networks. */
static const struct requests_field ENDPOINT_IPAM_FIELDS[] = {
    FIELD("IPv4Address",  TEXT,  PLAIN),
    FIELD("IPv6Address",  TEXT,  PLAIN),
    FIELD("LinkLocalIPs", TEXTS, PLAIN),
};
OBJECT(ENDPOINT_IPAM, ENDPOINT_IPAM_FIELDS);
static const struct requests_field ENDPOINT_FIELDS[] = {
    INNER("IPAMConfig",          OBJECT, FREE, ENDPOINT_IPAM),
    FIELD("Links",               TEXTS,  PLAIN),
    FIELD("Aliases",             TEXTS,  PLAIN),
    FIELD("NetworkID",           TEXT,   NETWORK),
    FIELD("EndpointID",          TEXT,   PLAIN),
    FIELD("Gateway",             TEXT,   PLAIN),
    FIELD("IPAddress",           TEXT,   PLAIN),
    FIELD("IPPrefixLen",         INT,    FREE),
    FIELD("IPv6Gateway",         TEXT,   PLAIN),
    FIELD("GlobalIPv6Address",   TEXT,   PLAIN),
    FIELD("GlobalIPv6PrefixLen", INT,    FREE),
    FIELD("MacAddress",          TEXT,   PLAIN),
    FIELD("DriverOpts",          MAP,    ENDPOINT),
    FIELD("DNSNames",            TEXTS,  PLAIN),
    FIELD("GwPriority",          INT,    FREE),
};
OBJECT(ENDPOINT, ENDPOINT_FIELDS);
static const struct requests_field NETWORKING_FIELDS[] = {
    INNER("EndpointsConfig", NAMED, NETWORK_NAMES, ENDPOINT),
};
OBJECT(NETWORKING, NETWORKING_FIELDS);

/* The host's side of a container. */
static const struct requests_field BLOCK_WEIGHT_FIELDS[] = {
    FIELD("Path",   TEXT, PLAIN),
    FIELD("Weight", INT,  FREE),
};
OBJECT(BLOCK_WEIGHT, BLOCK_WEIGHT_FIELDS);
static const struct requests_field BLOCK_RATE_FIELDS[] = {
    FIELD("Path", TEXT, PLAIN),
    FIELD("Rate", INT,  FREE),
};
OBJECT(BLOCK_RATE, BLOCK_RATE_FIELDS);
/* The order is known to the device's rule. */
static const struct requests_field DEVICE_FIELDS[] = {
    FIELD("PathOnHost",        TEXT, FREE),
    FIELD("PathInContainer",   TEXT, PLAIN),
    FIELD("CgroupPermissions", TEXT, PLAIN),
};
OBJECT_RULED(DEVICE, DEVICE_FIELDS, DEVICE);
static const struct requests_field ULIMIT_FIELDS[] = {
    FIELD("Name", TEXT, PLAIN),
    FIELD("Hard", INT,  FREE),
    FIELD("Soft", INT,  FREE),
};
OBJECT(ULIMIT, ULIMIT_FIELDS);
static const struct requests_field RESTART_FIELDS[] = {
    FIELD("Name",              TEXT, RESTART),
    FIELD("MaximumRetryCount", INT,  FREE),
};
OBJECT(RESTART_POLICY, RESTART_FIELDS);
static const struct requests_field LOG_FIELDS[] = {
    FIELD("Type",   TEXT, LOG_DRIVER),
    FIELD("Config", MAP,  LOG_OPTION),
};
OBJECT(LOG_CONFIG, LOG_FIELDS);
static const struct requests_field PORT_FIELDS[] = {
    NEEDED("HostIp",   TEXT, PORT_ADDRESS),
    NEEDED("HostPort", TEXT, PORT),
};
OBJECT(PORT_BINDING, PORT_FIELDS);
static const struct requests_field DEVICE_REQUEST_FIELDS[] = {
    FIELD("Driver",       TEXT,    PLAIN),
    FIELD("Count",        INT,     FREE),
    FIELD("DeviceIDs",    TEXTS,   PLAIN),
    FIELD("Capabilities", NOTHING, FREE),
    FIELD("Options",      MAP,     FREE),
};
OBJECT(DEVICE_REQUEST, DEVICE_REQUEST_FIELDS);

/* What containers and updates share. Ceilings are filled in where a container is made, not where one is changed. */
#define RESOURCES \
    FIELD("CpuShares",            INT,     FREE), \
    FIELD("CgroupParent",         TEXT,    CGROUP), \
    FIELD("BlkioWeight",          INT,     BLOCK_IO), \
    INNER("BlkioWeightDevice",    OBJECTS, BLOCK_IO, BLOCK_WEIGHT), \
    INNER("BlkioDeviceReadBps",   OBJECTS, BLOCK_IO, BLOCK_RATE), \
    INNER("BlkioDeviceWriteBps",  OBJECTS, BLOCK_IO, BLOCK_RATE), \
    INNER("BlkioDeviceReadIOps",  OBJECTS, BLOCK_IO, BLOCK_RATE), \
    INNER("BlkioDeviceWriteIOps", OBJECTS, BLOCK_IO, BLOCK_RATE), \
    FIELD("CpuPeriod",            INT,     CPUS_OTHER), \
    FIELD("CpuQuota",             INT,     CPUS_OTHER), \
    FIELD("CpuRealtimePeriod",    INT,     CPUS_OTHER), \
    FIELD("CpuRealtimeRuntime",   INT,     CPUS_OTHER), \
    FIELD("CpusetCpus",           TEXT,    PLAIN), \
    FIELD("CpusetMems",           TEXT,    PLAIN), \
    INNER("Devices",              OBJECTS, FREE, DEVICE), \
    FIELD("DeviceCgroupRules",    TEXTS,   DEVICE_RULES), \
    INNER("DeviceRequests",       OBJECTS, DEVICE_RULES, DEVICE_REQUEST), \
    FIELD("KernelMemory",         INT,     FREE), \
    FIELD("KernelMemoryTCP",      INT,     FREE), \
    FIELD("MemoryReservation",    INT,     MEMORY_UPDATE), \
    FIELD("MemorySwap",           INT,     MEMORY_SWAP), \
    FIELD("MemorySwappiness",     INT,     FREE), \
    FIELD("OomKillDisable",       BOOL,    OOM), \
    INNER("Ulimits",              OBJECTS, FREE, ULIMIT), \
    FIELD("CpuCount",             INT,     FREE), \
    FIELD("CpuPercent",           INT,     FREE), \
    FIELD("IOMaximumIOps",        INT,     FREE), \
    FIELD("IOMaximumBandwidth",   INT,     FREE)

/* In the order of the engine's own declaration, for clients send it like this. */
static const struct requests_field HOST_FIELDS[] = {
    FIELD("Binds",                TEXTS,   BIND),
    FIELD("ContainerIDFile",      TEXT,    CLIENT_FILE), /* newer Podman removes it with the container */
    INNER("LogConfig",            OBJECT,  FREE, LOG_CONFIG),
    NEEDED("NetworkMode",         TEXT,    NETWORK_MODE),
    INNER("PortBindings",         LISTED,  FREE, PORT_BINDING),
    INNER("RestartPolicy",        OBJECT,  FREE, RESTART_POLICY),
    FIELD("AutoRemove",           BOOL,    FREE),
    FIELD("VolumeDriver",         TEXT,    VOLUME_DRIVER),
    FIELD("VolumesFrom",          TEXTS,   VOLUMES_FROM),
    FIELD("ConsoleSize",          INTS,    FREE),
    FIELD("Annotations",          MAP,     ANNOTATIONS),
    FIELD("CapAdd",               TEXTS,   CAPABILITY),
    FIELD("CapDrop",              TEXTS,   PLAIN),
    FIELD("Capabilities",         TEXTS,   CAPABILITY_SET),
    FIELD("CgroupnsMode",         TEXT,    CGROUPNS_MODE),
    FIELD("Dns",                  TEXTS,   PLAIN),
    FIELD("DnsOptions",           TEXTS,   PLAIN),
    FIELD("DnsSearch",            TEXTS,   PLAIN),
    FIELD("ExtraHosts",           TEXTS,   PLAIN),
    FIELD("GroupAdd",             TEXTS,   GROUPS),
    FIELD("IpcMode",              TEXT,    IPC_MODE),
    FIELD("Cgroup",               TEXT,    CGROUP),
    FIELD("Links",                TEXTS,   LINK),
    FIELD("OomScoreAdj",          INT,     OOM_SCORE),
    FIELD("PidMode",              TEXT,    PID_MODE),
    FIELD("Privileged",           BOOL,    PRIVILEGED),
    FIELD("PublishAllPorts",      BOOL,    PORT_ANY),
    NEEDED("ReadonlyRootfs",      BOOL,    READ_ONLY),
    NEEDED("SecurityOpt",         TEXTS,   SECURITY),
    FIELD("StorageOpt",           MAP,     STORAGE),
    FIELD("Tmpfs",                MAP,     TMPFS),
    FIELD("UTSMode",              TEXT,    UTS_MODE),
    FIELD("UsernsMode",           TEXT,    USERNS_MODE),
    FIELD("ShmSize",              INT,     FREE),
    FIELD("Sysctls",              MAP,     SYSCTL),
    FIELD("Runtime",              TEXT,    RUNTIME),
    FIELD("Isolation",            TEXT,    PLAIN),
    NEEDED("Memory",              INT,     MEMORY),
    NEEDED("NanoCpus",            INT,     CPUS),
    NEEDED("PidsLimit",           INT,     PIDS),
    RESOURCES,
    INNER("Mounts",               OBJECTS, FREE, MOUNT),
    FIELD("MaskedPaths",          TEXTS,   MASKS),
    FIELD("ReadonlyPaths",        TEXTS,   MASKS),
    FIELD("Init",                 BOOL,    FREE),
};
OBJECT(HOST_CONFIG, HOST_FIELDS);

static const struct requests_field CREATE_FIELDS[] = {
    FIELD("Hostname",        TEXT,   PLAIN),
    FIELD("Domainname",      TEXT,   PLAIN),
    NEEDED("User",           TEXT,   USER),
    FIELD("AttachStdin",     BOOL,   FREE),
    FIELD("AttachStdout",    BOOL,   FREE),
    FIELD("AttachStderr",    BOOL,   FREE),
    INNER("ExposedPorts",    NAMED,  FREE, REQUESTS_EMPTY),
    FIELD("Tty",             BOOL,   FREE),
    FIELD("OpenStdin",       BOOL,   FREE),
    FIELD("StdinOnce",       BOOL,   FREE),
    FIELD("Env",             TEXTS,  ENVIRONMENT),
    FIELD("Cmd",             WORDS,  FREE),
    INNER("Healthcheck",     OBJECT, FREE, HEALTH),
    FIELD("ArgsEscaped",     BOOL,   FREE),
    NEEDED("Image",          TEXT,   IMAGE),
    INNER("Volumes",         NAMED,  VOLUMES, REQUESTS_EMPTY),
    FIELD("WorkingDir",      TEXT,   PLAIN),
    FIELD("Entrypoint",      WORDS,  FREE),
    FIELD("NetworkDisabled", BOOL,   FREE),
    FIELD("MacAddress",      TEXT,   PLAIN),
    FIELD("OnBuild",         TEXTS,  FREE),
    NEEDED("Labels",         MAP,    LABELS),
    FIELD("StopSignal",      TEXT,   PLAIN),
    FIELD("StopTimeout",     INT,    FREE),
    FIELD("Shell",           WORDS,  FREE),
    FIELD("Runtime",         TEXT,   RUNTIME), /* docker-py's; the engine reads the other one */
    FIELD("name",            TEXT,   PLAIN),   /* dockerode's; the engine reads the query */
    FIELD("platform",        TEXT,   PLAIN),   /* the same */
    FIELD("VolumesFrom",     TEXTS,  VOLUMES_FROM), /* the same; an empty list */
    NEEDED_INNER("HostConfig", OBJECT, FREE, HOST_CONFIG),
    INNER("NetworkingConfig", OBJECT, FREE, NETWORKING),
};
const struct requests_object REQUESTS_CONTAINER_CREATE = {CREATE_FIELDS, COUNT(CREATE_FIELDS), REQUESTS_RULE_FREE};

static const struct requests_field UPDATE_FIELDS[] = {
    FIELD("Memory",        INT,    MEMORY_UPDATE),
    FIELD("NanoCpus",      INT,    CPUS_UPDATE),
    FIELD("PidsLimit",     INT,    PIDS_UPDATE),
    RESOURCES,
    INNER("RestartPolicy", OBJECT, FREE, RESTART_POLICY),
};
const struct requests_object REQUESTS_CONTAINER_UPDATE = {UPDATE_FIELDS, COUNT(UPDATE_FIELDS), REQUESTS_RULE_FREE};

static const struct requests_field EXEC_FIELDS[] = {
    NEEDED("User",       TEXT,  USER),
    FIELD("Privileged",   BOOL,  PRIVILEGED),
    FIELD("Tty",          BOOL,  FREE),
    FIELD("ConsoleSize",  INTS,  FREE),
    FIELD("AttachStdin",  BOOL,  FREE),
    FIELD("AttachStderr", BOOL,  FREE),
    FIELD("AttachStdout", BOOL,  FREE),
    FIELD("Detach",       BOOL,  FREE),
    FIELD("DetachKeys",   TEXT,  PLAIN),
    FIELD("Env",          TEXTS, ENVIRONMENT),
    FIELD("WorkingDir",   TEXT,  PLAIN),
    FIELD("Container",    TEXT,  PLAIN), /* docker-py's; the engine reads the path */
    FIELD("Cmd",          WORDS, EXEC),
};
const struct requests_object REQUESTS_EXEC_CREATE = {EXEC_FIELDS, COUNT(EXEC_FIELDS), REQUESTS_RULE_FREE};

static const struct requests_field EXEC_START_FIELDS[] = {
    FIELD("Detach",      BOOL, FREE),
    FIELD("Tty",         BOOL, FREE),
    FIELD("ConsoleSize", INTS, FREE),
    FIELD("hijack",      BOOL, FREE), /* dockerode's, for itself */
    FIELD("stdin",       BOOL, FREE), /* the same */
};
const struct requests_object REQUESTS_EXEC_START = {EXEC_START_FIELDS, COUNT(EXEC_START_FIELDS), REQUESTS_RULE_FREE};

static const struct requests_field VOLUME_FIELDS[] = {
    FIELD("Name",              TEXT,    VOLUME_NAME),
    FIELD("Driver",            TEXT,    VOLUME_DRIVER),
    FIELD("DriverOpts",        MAP,     VOLUME_OPTIONS),
    NEEDED("Labels",           MAP,     LABELS),
    FIELD("ClusterVolumeSpec", NOTHING, VOLUME_UNKNOWN),
};
const struct requests_object REQUESTS_VOLUME_CREATE = {VOLUME_FIELDS, COUNT(VOLUME_FIELDS), REQUESTS_RULE_FREE};

static const struct requests_field IPAM_CONFIG_FIELDS[] = {
    FIELD("Subnet",              TEXT, SUBNET),
    FIELD("IPRange",             TEXT, PLAIN),
    FIELD("Gateway",             TEXT, PLAIN),
    FIELD("AuxiliaryAddresses",  MAP,  FREE),
    FIELD("AuxAddress",          MAP,  FREE),
};
OBJECT(IPAM_CONFIG, IPAM_CONFIG_FIELDS);
static const struct requests_field IPAM_FIELDS[] = {
    FIELD("Driver",  TEXT,    NETWORK_DRIVER),
    FIELD("Options", MAP,     NETWORK_OPTION),
    INNER("Config",  OBJECTS, FREE, IPAM_CONFIG),
};
OBJECT(IPAM, IPAM_FIELDS);
static const struct requests_field CONFIG_FROM_FIELDS[] = {
    FIELD("Network", TEXT, NETWORK),
};
OBJECT(CONFIG_FROM, CONFIG_FROM_FIELDS);
static const struct requests_field NETWORK_FIELDS[] = {
    FIELD("Name",           TEXT,   NETWORK_NAME),
    FIELD("CheckDuplicate", BOOL,   FREE),
    NEEDED("Driver",        TEXT,   NETWORK_DRIVER),
    FIELD("Scope",          TEXT,   PLAIN),
    FIELD("EnableIPv4",     BOOL,   FREE),
    FIELD("EnableIPv6",     BOOL,   FREE),
    INNER("IPAM",           OBJECT, FREE, IPAM),
    FIELD("Internal",       BOOL,   FREE),
    FIELD("Attachable",     BOOL,   FREE),
    FIELD("Ingress",        BOOL,   NETWORK_INGRESS),
    FIELD("ConfigOnly",     BOOL,   FREE),
    INNER("ConfigFrom",     OBJECT, FREE, CONFIG_FROM),
    FIELD("Options",        MAP,    NETWORK_OPTION),
    NEEDED("Labels",        MAP,    LABELS),
};
const struct requests_object REQUESTS_NETWORK_CREATE = {NETWORK_FIELDS, COUNT(NETWORK_FIELDS), REQUESTS_RULE_FREE};

static const struct requests_field CONNECT_FIELDS[] = {
    FIELD("Container",      TEXT,   CONTAINER),
    INNER("EndpointConfig", OBJECT, FREE, ENDPOINT),
};
const struct requests_object REQUESTS_NETWORK_CONNECT = {CONNECT_FIELDS, COUNT(CONNECT_FIELDS), REQUESTS_RULE_FREE};

static const struct requests_field DISCONNECT_FIELDS[] = {
    FIELD("Container", TEXT, CONTAINER),
    FIELD("Force",     BOOL, FREE),
};
const struct requests_object REQUESTS_NETWORK_DISCONNECT = {DISCONNECT_FIELDS, COUNT(DISCONNECT_FIELDS), REQUESTS_RULE_FREE};

/* Secrets and configs. Drivers are programs, and templates read what stands elsewhere. */
static const struct requests_field SECRET_SPEC_FIELDS[] = {
    FIELD("Name",       TEXT,    PLAIN),
    NEEDED("Labels",    MAP,     LABELS),
    FIELD("Data",       TEXT,    FREE),
    FIELD("Driver",     NOTHING, FREE),
    FIELD("Templating", NOTHING, FREE),
};
const struct requests_object REQUESTS_SECRET = {SECRET_SPEC_FIELDS, COUNT(SECRET_SPEC_FIELDS), REQUESTS_RULE_FREE};
static const struct requests_field CONFIG_SPEC_FIELDS[] = {
    FIELD("Name",       TEXT,    PLAIN),
    NEEDED("Labels",    MAP,     LABELS),
    FIELD("Data",       TEXT,    CONFIG_DATA),
    FIELD("Templating", NOTHING, FREE),
};
const struct requests_object REQUESTS_CONFIG = {CONFIG_SPEC_FIELDS, COUNT(CONFIG_SPEC_FIELDS), REQUESTS_RULE_FREE};

/* Services. */
static const struct requests_field PRIVILEGES_FIELDS[] = {
    FIELD("CredentialSpec",  NOTHING, SECURITY_ANY),
    FIELD("SELinuxContext",  NOTHING, SECURITY_ANY),
    FIELD("Seccomp",         NOTHING, SECURITY_ANY),
    FIELD("AppArmor",        NOTHING, SECURITY_ANY),
    NEEDED("NoNewPrivileges", BOOL,   NO_NEW_PRIVILEGES),
};
OBJECT(PRIVILEGES, PRIVILEGES_FIELDS);
static const struct requests_field TARGET_FILE_FIELDS[] = {
    FIELD("Name", TEXT, PLAIN),
    FIELD("UID",  TEXT, PLAIN),
    FIELD("GID",  TEXT, PLAIN),
    FIELD("Mode", INT,  FREE),
};
OBJECT(TARGET_FILE, TARGET_FILE_FIELDS);
/* The order is known to the rules. */
static const struct requests_field SECRET_FIELDS[] = {
    INNER("File",      OBJECT, FREE, TARGET_FILE),
    FIELD("SecretID",   TEXT,   SECRET_ID),
    FIELD("SecretName", TEXT,   PLAIN),
};
OBJECT_RULED(SECRET, SECRET_FIELDS, SECRET);
static const struct requests_field CONFIG_FIELDS[] = {
    INNER("File",      OBJECT, FREE, TARGET_FILE),
    INNER("Runtime",   OBJECT, FREE, REQUESTS_EMPTY),
    FIELD("ConfigID",   TEXT,   CONFIG_ID),
    FIELD("ConfigName", TEXT,   PLAIN),
};
OBJECT_RULED(CONFIG, CONFIG_FIELDS, CONFIG);
static const struct requests_field DNS_FIELDS[] = {
    FIELD("Nameservers", TEXTS, PLAIN),
    FIELD("Search",      TEXTS, PLAIN),
    FIELD("Options",     TEXTS, PLAIN),
};
OBJECT(DNS, DNS_FIELDS);
static const struct requests_field CONTAINER_SPEC_FIELDS[] = {
    NEEDED("Image",         TEXT,    IMAGE),
    NEEDED("Labels",        MAP,     LABELS),
    FIELD("Command",        TEXTS,   FREE),
    FIELD("Args",           TEXTS,   FREE),
    FIELD("Hostname",       TEXT,    PLAIN),
    FIELD("Env",            TEXTS,   ENVIRONMENT),
    FIELD("Dir",            TEXT,    PLAIN),
    NEEDED("User",          TEXT,    USER),
    FIELD("Groups",         TEXTS,   GROUPS),
    NEEDED_INNER("Privileges", OBJECT, FREE, PRIVILEGES),
    FIELD("Init",           BOOL,    FREE),
    FIELD("StopSignal",     TEXT,    PLAIN),
    FIELD("TTY",            BOOL,    FREE),
    FIELD("OpenStdin",      BOOL,    FREE),
    NEEDED("ReadOnly",      BOOL,    READ_ONLY),
    INNER("Mounts",         OBJECTS, FREE, MOUNT),
    FIELD("StopGracePeriod", INT,    FREE),
    INNER("Healthcheck",    OBJECT,  FREE, HEALTH),
    FIELD("Hosts",          TEXTS,   PLAIN),
    INNER("DNSConfig",      OBJECT,  FREE, DNS),
    INNER("Secrets",        OBJECTS, FREE, SECRET),
    INNER("Configs",        OBJECTS, FREE, CONFIG),
    FIELD("Isolation",      TEXT,    PLAIN),
    FIELD("Sysctls",        MAP,     SYSCTL),
    FIELD("CapabilityAdd",  TEXTS,   CAPABILITY),
    FIELD("CapabilityDrop", TEXTS,   PLAIN),
    INNER("Ulimits",        OBJECTS, FREE, ULIMIT),
    FIELD("OomScoreAdj",    INT,     OOM_SCORE),
};
OBJECT_RULED(CONTAINER_SPEC, CONTAINER_SPEC_FIELDS, SERVICE);
static const struct requests_field TASK_LIMIT_FIELDS[] = {
    NEEDED("NanoCPUs",    INT, CPUS),
    NEEDED("MemoryBytes", INT, MEMORY),
    NEEDED("Pids",        INT, PIDS),
};
OBJECT(TASK_LIMITS, TASK_LIMIT_FIELDS);
static const struct requests_field RESERVATION_FIELDS[] = {
    FIELD("NanoCPUs",         INT,     FREE),
    FIELD("MemoryBytes",      INT,     FREE),
    FIELD("GenericResources", NOTHING, FREE),
};
OBJECT(RESERVATIONS, RESERVATION_FIELDS);
static const struct requests_field TASK_RESOURCE_FIELDS[] = {
    NEEDED_INNER("Limits",  OBJECT, FREE, TASK_LIMITS),
    INNER("Reservations",   OBJECT, FREE, RESERVATIONS),
    FIELD("SwapBytes",        INT,    MEMORY_SWAP),
    FIELD("MemorySwappiness", INT,    FREE),
};
OBJECT(TASK_RESOURCES, TASK_RESOURCE_FIELDS);
static const struct requests_field TASK_RESTART_FIELDS[] = {
    FIELD("Condition",   TEXT, RESTART),
    FIELD("Delay",       INT,  FREE),
    FIELD("MaxAttempts", INT,  FREE),
    FIELD("Window",      INT,  FREE),
};
OBJECT(TASK_RESTART, TASK_RESTART_FIELDS);
static const struct requests_field SPREAD_FIELDS[] = {
    FIELD("SpreadDescriptor", TEXT, PLAIN),
};
OBJECT(SPREAD, SPREAD_FIELDS);
static const struct requests_field PREFERENCE_FIELDS[] = {
    INNER("Spread", OBJECT, FREE, SPREAD),
};
OBJECT(PREFERENCE, PREFERENCE_FIELDS);
static const struct requests_field PLATFORM_FIELDS[] = {
    FIELD("Architecture", TEXT, PLAIN),
    FIELD("OS",           TEXT, PLAIN),
};
OBJECT(PLATFORM, PLATFORM_FIELDS);
static const struct requests_field PLACEMENT_FIELDS[] = {
    FIELD("Constraints", TEXTS,   PLAIN),
    INNER("Preferences", OBJECTS, FREE, PREFERENCE),
    FIELD("MaxReplicas", INT,     FREE),
    INNER("Platforms",   OBJECTS, FREE, PLATFORM),
};
OBJECT(PLACEMENT, PLACEMENT_FIELDS);
static const struct requests_field ATTACHMENT_FIELDS[] = {
    FIELD("Target",     TEXT,  NETWORK),
    FIELD("Aliases",    TEXTS, PLAIN),
    FIELD("DriverOpts", MAP,   ENDPOINT),
};
OBJECT(ATTACHMENT, ATTACHMENT_FIELDS);
static const struct requests_field TASK_LOG_FIELDS[] = {
    FIELD("Name",    TEXT, LOG_DRIVER),
    FIELD("Options", MAP,  LOG_OPTION),
};
OBJECT(TASK_LOG, TASK_LOG_FIELDS);
static const struct requests_field TASK_FIELDS[] = {
    FIELD("PluginSpec",            NOTHING, FREE),
    NEEDED_INNER("ContainerSpec",  OBJECT,  FREE, CONTAINER_SPEC),
    FIELD("NetworkAttachmentSpec", NOTHING, FREE),
    NEEDED_INNER("Resources",      OBJECT,  FREE, TASK_RESOURCES),
    INNER("RestartPolicy",         OBJECT,  FREE, TASK_RESTART),
    INNER("Placement",             OBJECT,  FREE, PLACEMENT),
    INNER("Networks",              OBJECTS, FREE, ATTACHMENT),
    INNER("LogDriver",             OBJECT,  FREE, TASK_LOG),
    FIELD("ForceUpdate",           INT,     FREE),
    FIELD("Runtime",               TEXT,    TASK_RUNTIME),
};
OBJECT(TASK, TASK_FIELDS);
static const struct requests_field REPLICATED_FIELDS[] = {
    FIELD("Replicas", INT, FREE),
};
OBJECT(REPLICATED, REPLICATED_FIELDS);
static const struct requests_field JOB_FIELDS[] = {
    FIELD("MaxConcurrent",    INT, FREE),
    FIELD("TotalCompletions", INT, FREE),
};
OBJECT(JOB, JOB_FIELDS);
static const struct requests_field MODE_FIELDS[] = {
    INNER("Replicated",    OBJECT, FREE, REPLICATED),
    INNER("Global",        OBJECT, FREE, REQUESTS_EMPTY),
    INNER("ReplicatedJob", OBJECT, FREE, JOB),
    INNER("GlobalJob",     OBJECT, FREE, REQUESTS_EMPTY),
};
OBJECT(MODE, MODE_FIELDS);
static const struct requests_field ROLL_FIELDS[] = {
    FIELD("Parallelism",     INT,   FREE),
    FIELD("Delay",           INT,   FREE),
    FIELD("FailureAction",   TEXT,  PLAIN),
    FIELD("Monitor",         INT,   FREE),
    FIELD("MaxFailureRatio", RATIO, FREE),
    FIELD("Order",           TEXT,  PLAIN),
};
OBJECT(ROLL, ROLL_FIELDS);
static const struct requests_field SERVICE_PORT_FIELDS[] = {
    FIELD("Name",          TEXT, PLAIN),
    FIELD("Protocol",      TEXT, PLAIN),
    FIELD("TargetPort",    INT,  FREE),
    NEEDED("PublishedPort", INT,  PORT_NUMBER),
    FIELD("PublishMode",   TEXT, PLAIN),
};
OBJECT(SERVICE_PORT, SERVICE_PORT_FIELDS);
static const struct requests_field ENDPOINT_SPEC_FIELDS[] = {
    FIELD("Mode",  TEXT,    PLAIN),
    INNER("Ports", OBJECTS, FREE, SERVICE_PORT),
};
OBJECT(ENDPOINT_SPEC, ENDPOINT_SPEC_FIELDS);
static const struct requests_field SERVICE_FIELDS[] = {
    FIELD("Name",                TEXT,    PLAIN),
    NEEDED("Labels",             MAP,     LABELS),
    NEEDED_INNER("TaskTemplate", OBJECT,  FREE, TASK),
    INNER("Mode",                OBJECT,  FREE, MODE),
    INNER("UpdateConfig",        OBJECT,  FREE, ROLL),
    INNER("RollbackConfig",      OBJECT,  FREE, ROLL),
    INNER("Networks",            OBJECTS, FREE, ATTACHMENT),
    INNER("EndpointSpec",        OBJECT,  FREE, ENDPOINT_SPEC),
};
const struct requests_object REQUESTS_SERVICE = {SERVICE_FIELDS, COUNT(SERVICE_FIELDS), REQUESTS_RULE_FREE};
/* clang-format on */

static_assert(COUNT(HOST_FIELDS) <= REQUESTS_FIELDS_MAX, "the walk keeps a place for each");
