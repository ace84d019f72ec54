/* What the manual pages are written with; between man*.c only. */
#ifndef CLI_MAN_H
#define CLI_MAN_H

#include "base/slice.h"

/* Text with what roff would read as its own escaped. */
void man_put(struct slice text);

/* Whole lines: a text, broken between words, what stands between back quotes bold; and what ends
 * it. */
void man_put_text(struct slice text, const char *end);

/* The head of a page: its name in capitals and as it is called, escaped. */
void man_put_head(const char *title, char section, const char *name, const char *about);

/* The page dockgate.yaml(5). */
void man_put_file_page(void);

#endif
