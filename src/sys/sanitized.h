/* Whether this build carries a sanitizer, whose run time needs more of the kernel than the gate
 * does. */
#ifndef SYS_SANITIZED_H
#define SYS_SANITIZED_H

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SYS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SYS_SANITIZED 1
#endif
#endif
#ifndef SYS_SANITIZED
#define SYS_SANITIZED 0
#endif

#endif
