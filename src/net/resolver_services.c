/* c-ares without the system's table of services. It asks for that only where somebody names a port
 * by a word, which nobody does here, but with these two functions the C library's whole way to its
 * shared objects would come, 0.12 MB. They stand in their place. */
#include <netdb.h>
#include <stddef.h>

struct servent *getservbyname(const char *name, const char *proto)
{
    (void)name;
    (void)proto;
    return NULL;
}

int getservbyport_r(int port, const char *proto, struct servent *result_buf, char *buf,
                    size_t buflen, struct servent **result)
{
    (void)port;
    (void)proto;
    (void)result_buf;
    (void)buf;
    (void)buflen;
    *result = NULL;
    return 0;
}
