/* The commands: one table (name, handler, one line of help). */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

/* A command's handler: `argv[0]` is the command's own name. Returns the process's exit status: 0
 * fine, 1 a verdict or check that says no, 2 usage or configuration error. */
typedef int command_run(int argc, char **argv);

command_run command_serve, command_explain, command_check, command_options, command_healthcheck,
    command_demo;

#endif
