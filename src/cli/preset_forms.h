/* The forms in which presets are shown: options, a Compose file, JSON, a page. */
#ifndef CLI_PRESET_FORMS_H
#define CLI_PRESET_FORMS_H

#include "policy/learn.h"
#include "policy/preset.h"

/* The variables of preset_variables, NAME=VALUE, a line each. */
void preset_print_options(const struct preset_list *list);

/* A Compose file with the gate under these presets, and the clients behind it. */
void preset_print_compose(const struct preset_list *list);

/* All of it for programs: the presets, their operations, their options. */
void preset_print_json(const struct preset_list *list);

/* For programs: all presets that there are, without their operations. */
void preset_print_json_all(void);

/* The page docs/presets.md. */
void preset_print_page(void);

/* How bad it is what a preset grants: "observing", "root-equivalent" … */
struct slice preset_grade(const struct preset *p);

/* The variables that come to the same as the presets: options on for what is granted, off for what
 * would come with it or is on by default, and the dialect where they would be taken for another. At
 * most PRESET_VARIABLES_MAX; their texts are static. */
#define PRESET_VARIABLES_MAX LEARN_VARIABLES_MAX
size_t preset_variables(const struct preset_list *list, struct policy_variable *variables);

#endif
