"""The options as regexes, for the proxies that are a configuration of nginx or haproxy: what the proxies that people
run today have for each of theirs. In the order in which they have to be tried: the narrow ones first."""

VERSION = r"^(/v[0-9.]+)?"
ONE = "/[^/]+"

# Option, methods that it grants, what follows the version, is it on.
OPTIONS = [
    ("PING", "GET HEAD", "/_ping$", True),
    ("VERSION", "GET HEAD", "/version$", True),
    ("EVENTS", "GET HEAD", "/events$", True),
    ("AUTH", "POST", "/auth$", False),
    ("BUILD_PRUNE", "POST", "/build/prune$", False),
    ("BUILD", "POST", "/build", False),
    ("COMMIT", "POST", "/commit$", False),
    ("CONFIGS", "GET HEAD", "/configs", False),
    ("CONTAINERS_ARCHIVE", "GET HEAD PUT", f"/containers{ONE}/archive$", True),
    ("CONTAINERS_ATTACH", "POST", f"/containers{ONE}/attach$", True),
    ("CONTAINERS_CREATE", "POST", "/containers/create$", False),
    ("CONTAINERS_EXEC", "POST", f"/containers{ONE}/exec$", False),
    ("CONTAINERS_KILL", "POST", f"/containers{ONE}/kill$", False),
    ("CONTAINERS_PAUSE", "POST", f"/containers{ONE}/pause$", False),
    ("CONTAINERS_PRUNE", "POST", "/containers/prune$", False),
    ("CONTAINERS_RENAME", "POST", f"/containers{ONE}/rename$", False),
    ("CONTAINERS_RESIZE", "POST", f"/containers{ONE}/resize$", False),
    ("CONTAINERS_RESTART", "POST", f"/containers{ONE}/restart$", False),
    ("CONTAINERS_START", "POST", f"/containers{ONE}/start$", False),
    ("CONTAINERS_STOP", "POST", f"/containers{ONE}/stop$", False),
    ("CONTAINERS_UNPAUSE", "POST", f"/containers{ONE}/unpause$", False),
    ("CONTAINERS_UPDATE", "POST", f"/containers{ONE}/update$", False),
    ("CONTAINERS_WAIT", "POST", f"/containers{ONE}/wait$", False),
    ("CONTAINERS", "GET HEAD", "/containers/", True),
    ("DISTRIBUTION", "GET HEAD", "/distribution/", False),
    ("EXEC", "POST", f"/exec{ONE}/", False),
    ("GRPC", "POST", "/grpc$", False),
    ("IMAGES_CREATE", "POST", "/images/create$", False),
    ("IMAGES_LOAD", "POST", "/images/load$", False),
    ("IMAGES_PRUNE", "POST", "/images/prune$", False),
    ("IMAGES_PUSH", "POST", "/images/.+/push$", False),
    ("IMAGES_TAG", "POST", "/images/.+/tag$", False),
    ("IMAGES", "GET HEAD", "/images/", False),
    ("INFO", "GET HEAD", "/info$", False),
    ("NETWORKS_CONNECT", "POST", f"/networks{ONE}/connect$", False),
    ("NETWORKS_CREATE", "POST", "/networks/create$", False),
    ("NETWORKS_PRUNE", "POST", "/networks/prune$", False),
    ("NETWORKS", "GET HEAD", "/networks", False),
    ("NODES", "GET HEAD", "/nodes", False),
    ("PLUGINS", "GET HEAD", "/plugins", False),
    ("SECRETS", "GET HEAD", "/secrets", False),
    ("SERVICES", "GET HEAD", "/services", False),
    ("SESSION", "POST", "/session$", False),
    ("SWARM", "GET HEAD", "/swarm", False),
    ("SYSTEM", "GET HEAD", "/system/", False),
    ("TASKS", "GET HEAD", "/tasks", False),
    ("VOLUMES_CREATE", "POST", "/volumes/create$", False),
    ("VOLUMES_PRUNE", "POST", "/volumes/prune$", False),
    ("VOLUMES", "GET HEAD", "/volumes", False),
]


def environment():
    """The options that are on, as variables."""
    return {name: int(on) for name, _, _, on in OPTIONS}


def dockgate_patterns(count):
    """COUNT rules for the gate, alike but for a name in their midst: patterns of wollomatic's dialect as variables."""
    return {f"SP_ALLOW_GET_{i}": rf"/v1\..{{1,2}}/containers/(app-{i}|db-{i})/(json|logs)" for i in range(count)}


def nginx_locations(flags):
    """A regex location for each option. FLAGS: nginx's word for the match, `~` or, without case, `~*`."""
    lines = []
    for name, methods, pattern, on in OPTIONS:
        say = f"set $option {name}; " if flags == "~*" else ""
        then = f"limit_except {methods} {{ deny all; }} proxy_pass http://engine;" if on else "return 403;"
        lines.append(f"        location {flags} {VERSION}{pattern} {{ {say}{then} }}")
    return "\n".join(lines)


def haproxy_lists():
    """An access list for each option, and the condition under which a request is allowed."""
    lines = [f"    acl {name.lower()} path_reg {VERSION}{pattern}" for name, _, pattern, _ in OPTIONS]
    allowed = [f"{name.lower()} {{ method {methods} }}" for name, methods, _, on in OPTIONS if on]
    return "\n".join(lines), " or ".join(allowed)


def haproxy_rules():
    """A rule for each option that asks the environment whether it is on."""
    return "\n".join(f"    http-request allow if {{ path,url_dec -m reg -i {VERSION}{pattern} }}"
                     f" {{ method {methods} }} {{ env({name}) -m bool }}" for name, methods, pattern, _ in OPTIONS)
