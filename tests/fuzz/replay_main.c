/* Runs a fuzz target over the files of a folder: the seed corpus as an ordinary test, with any
 * compiler. A property that does not hold ends the program as it would end the fuzzer. usage:
 * replay_NAME FOLDER */
#include "fuzz.h"

#include <dirent.h>

/* Reads one file of the folder into `storage`; false for what is none. */
static bool read_file(const char *folder, const char *name, uint8_t *storage, size_t max,
                      size_t *size)
{
    char path[4096];
    int len = snprintf(path, sizeof(path), "%s/%s", folder, name);

    if (name[0] == '.' || len < 0 || (size_t)len >= sizeof(path)) {
        return false;
    }

    FILE *file = fopen(path, "rb");

    if (file == NULL) {
        perror(path);
        exit(1);
    }
    *size = fread(storage, 1, max, file);
    fclose(file);
    return true;
}

int main(int argc, char **argv)
{
    static uint8_t storage[FUZZ_MAX];
    DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;
    struct dirent *entry;
    size_t nfiles = 0;

    if (folder == NULL) {
        fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
        return 2;
    }
    while ((entry = readdir(folder)) != NULL) {
        size_t size = 0;

        if (read_file(argv[1], entry->d_name, storage, sizeof(storage), &size)) {
            LLVMFuzzerTestOneInput(storage, size);
            nfiles++;
        }
    }
    closedir(folder);
    printf("%zu inputs\n", nfiles);
    return nfiles > 0 ? 0 : 1; /* an empty corpus tests nothing */
}
