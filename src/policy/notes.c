/* Errors and warnings for people, collected while a policy is compiled, so that all of them can be
 * shown at once. */
#include "policy/notes.h"

/* Names and values from outside are shown up to here. */
#define PART_MAX 96

void policy_notes_init(struct policy_notes *notes)
{
    notes->n = 0;
    notes->nerrors = 0;
    notes->nwarnings = 0;
    notes->nremarks = 0;
    buf_init(&notes->text, notes->storage, sizeof(notes->storage));
}

static bool put_parts(struct buf *b, const struct slice *parts, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        bool ours = i % 2 == 0;
        if (ours && !buf_put(b, parts[i])) {
            return false;
        }
        if (!ours && !buf_put_escaped(b, slice_sub(parts[i], 0, PART_MAX))) {
            return false;
        }
    }
    return true;
}

void policy_note_add(struct policy_notes *notes, enum note_kind kind, const struct slice *parts,
                     size_t n)
{
    notes->nerrors += kind == NOTE_ERROR ? 1 : 0;
    notes->nwarnings += kind == NOTE_WARNING ? 1 : 0;
    notes->nremarks += kind == NOTE_REMARK ? 1 : 0;
    size_t from = notes->text.len;
    if (notes->n == NOTES_MAX || !put_parts(&notes->text, parts, n)) {
        notes->text.len = from;
        return;
    }
    notes->note[notes->n] =
        (struct note){kind, slice_sub(buf_slice(&notes->text), from, NOTES_TEXT)};
    notes->n++;
}
