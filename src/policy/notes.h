/* What compiling a policy has to tell people: errors and warnings, in bounded storage. */
#ifndef POLICY_NOTES_H
#define POLICY_NOTES_H

#include "base/buf.h"

/* More than a person reads; what is beyond is counted, not kept. */
#define NOTES_MAX  64
#define NOTES_TEXT 16384

enum note_kind {
    NOTE_REMARK, /* what is right, and may surprise */
    NOTE_WARNING,
    NOTE_ERROR,
};

struct note {
    enum note_kind kind;
    struct slice text; /* one printable line without its end, in `storage` of the notes */
};

/* Caller's storage; policy_notes_init makes it ready. Must not be moved afterwards. */
struct policy_notes {
    struct note note[NOTES_MAX];
    size_t n;
    size_t nerrors;   /* all, kept or not */
    size_t nwarnings; /* all, kept or not */
    size_t nremarks;  /* all, kept or not */
    struct buf text;
    char storage[NOTES_TEXT];
};

void policy_notes_init(struct policy_notes *notes);

/* Adds one line. The parts are joined; those at odd places (the 2nd, 4th …) come from outside and
 * are escaped and cut, so that no note can forge another or grow without end. */
void policy_note_add(struct policy_notes *notes, enum note_kind kind, const struct slice *parts,
                     size_t n);

#endif
