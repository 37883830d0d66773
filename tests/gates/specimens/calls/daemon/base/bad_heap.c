void *p = malloc(n);
