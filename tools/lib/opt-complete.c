// SPDX-License-Identifier: GPL-2.0-or-later
/* Completion scripts for bash and zsh, from the table. */
#include <errno.h>
#include <string.h>

#include "opt.h"
#include "say.h"

/* A program's name as part of a shell function's. */
static void put_identifier(FILE *out, const char *name)
{
	for (; *name; name++)
		fputc(*name == '-' ? '_' : *name, out);
}

/* Calls fn for the common options, the builtin ones and the commands'. */
static void every_option(FILE *out, const struct opt_program *program,
			 void (*fn)(FILE *out, const struct opt *opt))
{
	const struct opt_command *c;
	const struct opt *o;

	for (o = program->common; o->name; o++)
		fn(out, o);
	for (c = program->commands; c->name; c++)
		for (o = c->options; o && o->name; o++)
			fn(out, o);
}

static void bash_takes_argument(FILE *out, const struct opt *o)
{
	if (o->kind != OPT_FLAG)
		fprintf(out, "|-%c|--%s", o->letter, o->name);
}

/* What completes the argument of an option: nothing, unless it has choices. */
static void bash_argument(FILE *out, const struct opt *o)
{
	unsigned int i;

	if (o->kind == OPT_FLAG)
		return;
	fprintf(out, "\t-%c|--%s) words='", o->letter, o->name);
	for (i = 0; o->choices && o->choices[i]; i++)
		fprintf(out, "%s%s", i ? " " : "", o->choices[i]);
	fprintf(out, "' ;;\n");
}

static void bash_options(FILE *out, const struct opt *o)
{
	for (; o && o->name; o++)
		fprintf(out, " -%c --%s", o->letter, o->name);
}

static void bash_words(FILE *out, const struct opt_program *program)
{
	const struct opt_command *c;
	size_t i;
	int n;

	fprintf(out, "\t-*,*)\n\t\twords='");
	bash_options(out, program->common);
	bash_options(out, opt_builtin);
	fprintf(out, "'\n\t\tcase $cmd in\n");
	for (c = program->commands; c->name; c++) {
		if (!c->options)
			continue;
		fprintf(out, "\t\t%s) words+='", c->name);
		bash_options(out, c->options);
		fprintf(out, "' ;;\n");
	}
	fprintf(out, "\t\tesac ;;\n\t*,-1) words='");
	for (c = program->commands; c->name; c++)
		fprintf(out, " %s", c->name);
	fprintf(out, "' ;;\n");
	for (c = program->commands; c->name; c++) {
		for (n = 0; c->args && c->args[n].name; n++) {
			const char *word;

			if (!c->args[n].complete)
				continue;
			fprintf(out, "\t*,%d) [[ $cmd != %s ]] || words='", n,
				c->name);
			for (i = 0; (word = c->args[n].complete(i)); i++)
				fprintf(out, " %s", word);
			fprintf(out, "' ;;\n");
		}
	}
}

/*
 * Plain bash: the package bash-completion only finds and loads the file. '=' is
 * in COMP_WORDBREAKS, so --name=value arrives as three words.
 */
static void complete_bash(FILE *out, const struct opt_program *program)
{
	fprintf(out,
		"# SPDX-License-Identifier: GPL-2.0-or-later\n"
		"# bash completion for %s, made from its option table.\n_",
		program->name);
	put_identifier(out, program->name);
	fprintf(out,
		"()\n{\n"
		"\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
		"\tlocal cmd=%s words='' i n=-1 w\n"
		"\tif [[ $cur == = ]]; then\n"
		"\t\tcur=\n"
		"\telif [[ $prev == = ]] && ((COMP_CWORD > 2)); then\n"
		"\t\tprev=${COMP_WORDS[COMP_CWORD-2]}\n"
		"\tfi\n"
		"\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
		"\t\tw=${COMP_WORDS[i]}\n"
		"\t\tcase $w in\n"
		"\t\t''",
		program->commands->name);
	every_option(out, program, bash_takes_argument);
	fprintf(out, ") ((++i)); [[ ${COMP_WORDS[i]} != = ]] || ((++i)) ;;\n"
		     "\t\t-*) ;;\n"
		     "\t\t*) if ((n++ < 0)); then cmd=$w; fi ;;\n"
		     "\t\tesac\n"
		     "\tdone\n"
		     "\tcase $prev in\n");
	every_option(out, program, bash_argument);
	fprintf(out, "\t*) case $cur,$n in\n");
	bash_words(out, program);
	fprintf(out,
		"\tesac ;;\n\tesac\n"
		"\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
		"}\ncomplete -F _");
	put_identifier(out, program->name);
	fprintf(out, " %s\n", program->name);
}

/* Text within '...' of an _arguments specification. */
static void zsh_quoted(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '\'')
			fputs("'\\'", out);
		else if (strchr("[]:\\", *text))
			fputc('\\', out);
		fputc(*text, out);
	}
}

static void zsh_option(FILE *out, const struct opt *o)
{
	unsigned int i;

	/* What may be there again doesn't exclude itself. */
	if (o->kind == OPT_LIST)
		fprintf(out, "\t\t'*'{-%c,--%s}'[", o->letter, o->name);
	else
		fprintf(out, "\t\t'(-%c --%s)'{-%c,--%s}'[", o->letter, o->name,
			o->letter, o->name);
	zsh_quoted(out, o->help);
	fprintf(out, "]");
	if (o->kind != OPT_FLAG)
		fprintf(out, ":%s:", o->arg);
	if (o->choices) {
		fputc('(', out);
		for (i = 0; o->choices[i]; i++)
			fprintf(out, "%s%s", i ? " " : "", o->choices[i]);
		fputc(')', out);
	}
	fprintf(out, "'\n");
}

static void zsh_table(FILE *out, const char *name, const struct opt *first,
		      const struct opt *second)
{
	fprintf(out, "\tlocal -a %s=(\n", name);
	for (; first && first->name; first++)
		zsh_option(out, first);
	for (; second && second->name; second++)
		zsh_option(out, second);
	fprintf(out, "\t)\n");
}

static void zsh_args(FILE *out, const struct opt_command *c)
{
	const char *word;
	size_t i;
	int n;

	for (n = 0; c->args && c->args[n].name; n++) {
		if (opt_arg_many(&c->args[n]))
			fprintf(out, " '*:%s:", c->args[n].name);
		else
			fprintf(out, " '%d:%s:", n + 1, c->args[n].name);
		if (c->args[n].complete) {
			fputc('(', out);
			for (i = 0; (word = c->args[n].complete(i)); i++)
				fprintf(out, "%s%s", i ? " " : "", word);
			fputc(')', out);
		}
		fputc('\'', out);
	}
}

static void complete_zsh(FILE *out, const struct opt_program *program)
{
	const struct opt_command *c;

	fprintf(out,
		"#compdef %s\n"
		"# SPDX-License-Identifier: GPL-2.0-or-later\n"
		"# zsh completion for %s, made from its option table.\n"
		"local context state state_descr line\n"
		"typeset -A opt_args\n"
		"() {\n",
		program->name, program->name);
	zsh_table(out, "common", program->common, opt_builtin);
	zsh_table(out, "default", program->commands->options, NULL);
	fprintf(out, "\tlocal -a commands=(\n");
	for (c = program->commands; c->name; c++) {
		fprintf(out, "\t\t'%s:", c->name);
		zsh_quoted(out, c->help);
		fprintf(out, "'\n");
	}
	fprintf(out,
		"\t)\n"
		"\t_arguments -C $common $default '1: :->command' '*:: :->rest' && return\n"
		"\tcase $state in\n"
		"\tcommand) _describe command commands ;;\n"
		"\trest)\n"
		"\t\tcase $words[1] in\n");
	for (c = program->commands; c->name; c++) {
		fprintf(out, "\t\t%s)\n", c->name);
		zsh_table(out, "own", c->options, NULL);
		fprintf(out, "\t\t_arguments $common $own");
		zsh_args(out, c);
		fprintf(out, " ;;\n");
	}
	fprintf(out, "\t\tesac ;;\n\tesac\n}\n");
}

int opt_complete(FILE *out, const struct opt_program *program,
		 const char *shell)
{
	if (!strcmp(shell, "bash")) {
		complete_bash(out, program);
	} else if (!strcmp(shell, "zsh")) {
		complete_zsh(out, program);
	} else {
		say_error("no completion for '%s': bash, zsh", shell);
		return -EINVAL;
	}
	return 0;
}
