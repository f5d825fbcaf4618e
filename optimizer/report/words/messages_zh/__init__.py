"""Every message of the program in Chinese, by its English template; one file for each part of the program."""
