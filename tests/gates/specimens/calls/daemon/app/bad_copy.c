	strcpy(to, from);
