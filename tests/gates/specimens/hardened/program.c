/* Has what each protection is for: a buffer, copies of a length only known at run time, a call into a library. */
#include <stdio.h>
#include <string.h>

int
main(int argc, char **argv)
{
	char text[64] = "";

	memcpy(text, argv[0], strlen(argv[0]) + (size_t)argc);
	return printf("%s\n", text) < 0;
}
