	free(text);
