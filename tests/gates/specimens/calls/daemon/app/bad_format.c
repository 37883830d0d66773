	redisAsyncCommand(c, fn, arg, "SET %s", value);
