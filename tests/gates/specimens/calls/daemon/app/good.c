/* system(3) and free() may be spoken of. */
	log_info("%s", "rand() \" atoi(");
	ops->free(o);
	o.system(1);
	mem_free(p);
	localtime_r(&now, &tm);
	redisAsyncFormattedCommand(c, fn, arg, p, n);
