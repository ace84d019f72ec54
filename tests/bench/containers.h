/* A list of containers as an engine writes it, 1.4 KB each, for what measures views. */
#ifndef BENCH_CONTAINERS_H
#define BENCH_CONTAINERS_H

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static const char CONTAINER[] =
    "{\"Id\":\"8dfafdbc3a40e7c7a4d8a1f0a6a3a1e7a6b4f6c3c6a3cbb1f2c2d9c6d2a1b0c9\","
    "\"Names\":[\"/project-web-1\"],\"Image\":\"registry.example.com/team/web:1.25.3\","
    "\"ImageID\":\"sha256:9c7a54a9a43cca047013b82af109fe963fde787f63f9e016fdc3384500c2823d\","
    "\"Command\":\"/docker-entrypoint.sh nginx -g 'daemon off;'\",\"Created\":1700000000,"
    "\"Ports\":[{\"IP\":\"0.0.0.0\",\"PrivatePort\":80,\"PublicPort\":8080,\"Type\":\"tcp\"}],"
    "\"Labels\":{\"com.docker.compose.config-hash\":\"4f1c1d5e0a1b2c3d4e5f60718293a4b5c6d7e8f9\","
    "\"com.docker.compose.container-number\":\"1\",\"com.docker.compose.project\":\"project\","
    "\"com.docker.compose.project.working_dir\":\"/srv/project\",\"com.docker.compose.service\":"
    "\"web\",\"maintainer\":\"NGINX Docker Maintainers <docker-maint@nginx.com>\"},"
    "\"State\":\"running\",\"Status\":\"Up 3 hours\",\"HostConfig\":{\"NetworkMode\":\"default\"},"
    "\"NetworkSettings\":{\"Networks\":{\"bridge\":{\"IPAMConfig\":null,\"Links\":null,"
    "\"Aliases\":null,\"NetworkID\":"
    "\"7ea29fc1412292a2d7bba362f9253545fecdfa8ce9a6e37dd10ba8bee7129812\",\"EndpointID\":"
    "\"2cdc4edb1ded3631c81f57966563e5c8525b81121bb3706a9a9a3ae102711f3f\",\"Gateway\":"
    "\"172.17.0.1\",\"IPAddress\":\"172.17.0.2\",\"IPPrefixLen\":16,\"IPv6Gateway\":\"\","
    "\"GlobalIPv6Address\":\"\",\"GlobalIPv6PrefixLen\":0,\"MacAddress\":\"02:42:ac:11:00:02\","
    "\"DriverOpts\":null}}},\"Mounts\":[{\"Type\":\"bind\",\"Source\":\"/srv/project/data\","
    "\"Destination\":\"/usr/share/nginx/html\",\"Mode\":\"ro\",\"RW\":false,\"Propagation\":"
    "\"rprivate\"}]}";

/* The list of N of them, at least one; heap. NULL without memory. */
static inline char *containers_list(size_t n, size_t *len)
{
    *len = n * sizeof(CONTAINER) + 1; /* each with a comma or bracket behind it */
    char *text = malloc(*len);
    if (text == NULL) {
        return NULL;
    }
    text[0] = '[';
    for (size_t i = 0; i < n; i++) {
        memcpy(text + 1 + i * sizeof(CONTAINER), CONTAINER, sizeof(CONTAINER) - 1);
        text[(i + 1) * sizeof(CONTAINER)] = i + 1 < n ? ',' : ']';
    }
    return text;
}

#endif
