"""Answers of participants, proposals that wait for them, letters to be sent, and who stands on the suspect's side."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cms', '0004_invitations'),
        ('services', '0026_emergency_walls'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Conflict',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(verbose_name='recorded')),
                ('side', models.CharField(choices=[('suspect_parent', 'is the parent who is suspected'), ('suspects_side', "stands on the suspect's side")], max_length=20, verbose_name='why not')),
            ],
            options={
                'verbose_name': 'conflict',
                'verbose_name_plural': 'conflicts',
                'ordering': ['-at'],
                'get_latest_by': 'at',
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Reminder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('invited', 'invitation'), ('changed', 'something changed'), ('cancelled', 'cancelled'), ('expired', 'lapsed'), ('day_before', 'the day before'), ('hours_before', 'two hours before')], max_length=20)),
                ('due_at', models.DateTimeField()),
                ('sent_at', models.DateTimeField(blank=True, null=True)),
                ('dropped_at', models.DateTimeField(blank=True, null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('retry_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'verbose_name': 'letter',
                'verbose_name_plural': 'letters',
                'ordering': ['due_at', 'pk'],
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='interview',
            name='changed_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='interview',
            name='deleted_delete',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='participant',
            name='changed_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='participant',
            name='deleted_delete',
        ),
        migrations.RemoveConstraint(
            model_name='interview',
            name='interview_one_joint_interview_per_case',
        ),
        migrations.RemoveConstraint(
            model_name='interview',
            name='interview_one_per_asking',
        ),
        migrations.RemoveConstraint(
            model_name='interview',
            name='interview_known_kind_and_state',
        ),
        migrations.AddField(
            model_name='interview',
            name='expired_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='interview',
            name='proposed_until',
            field=models.DateTimeField(blank=True, null=True, verbose_name='waits for answers until'),
        ),
        migrations.AddField(
            model_name='interviewformer',
            name='expired_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='interviewformer',
            name='proposed_until',
            field=models.DateTimeField(blank=True, null=True, verbose_name='waits for answers until'),
        ),
        migrations.AddField(
            model_name='participant',
            name='answered_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='participant',
            name='other_start',
            field=models.DateTimeField(blank=True, null=True, verbose_name='suggested time'),
        ),
        migrations.AddField(
            model_name='participant',
            name='response',
            field=models.CharField(choices=[('invited', 'not answered yet'), ('accepted', 'comes'), ('declined', 'cannot come'), ('other_time', 'suggests another time')], default='invited', max_length=10, verbose_name='answer'),
        ),
        migrations.AddField(
            model_name='participantformer',
            name='answered_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='participantformer',
            name='other_start',
            field=models.DateTimeField(blank=True, null=True, verbose_name='suggested time'),
        ),
        migrations.AddField(
            model_name='participantformer',
            name='response',
            field=models.CharField(choices=[('invited', 'not answered yet'), ('accepted', 'comes'), ('declined', 'cannot come'), ('other_time', 'suggests another time')], default='invited', max_length=10, verbose_name='answer'),
        ),
        migrations.AlterField(
            model_name='interview',
            name='state',
            field=models.CharField(choices=[('proposed', 'proposed'), ('booked', 'booked'), ('held', 'held'), ('cancelled', 'cancelled'), ('expired', 'lapsed')], default='booked', max_length=10, verbose_name='state'),
        ),
        migrations.AlterField(
            model_name='interviewformer',
            name='state',
            field=models.CharField(choices=[('proposed', 'proposed'), ('booked', 'booked'), ('held', 'held'), ('cancelled', 'cancelled'), ('expired', 'lapsed')], default='booked', max_length=10, verbose_name='state'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='interview',
            trigger=pgtrigger.compiler.Trigger(name='changed_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "services_interviewformer" ("asking_id", "booked_at", "booked_by_id", "cancelled_at", "case_id", "expired_at", "held_at", "id", "key", "kind", "payload_hash", "pgh_created_at", "pgh_label", "pgh_obj_id", "proposed_until", "prosecutor_absent_because", "protocol_id", "span", "state", "venue_id", "zone") VALUES (OLD."asking_id", OLD."booked_at", OLD."booked_by_id", OLD."cancelled_at", OLD."case_id", OLD."expired_at", OLD."held_at", OLD."id", OLD."key", OLD."kind", OLD."payload_hash", NOW(), \'changed\', OLD."id", OLD."proposed_until", OLD."prosecutor_absent_because", OLD."protocol_id", OLD."span", OLD."state", OLD."venue_id", OLD."zone"); RETURN NULL;', hash='9ca325633cdaaf78f2e5af9f89fa1e2c9827a32d', operation='UPDATE', pgid='pgtrigger_changed_update_773d1', table='services_interview', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='interview',
            trigger=pgtrigger.compiler.Trigger(name='deleted_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "services_interviewformer" ("asking_id", "booked_at", "booked_by_id", "cancelled_at", "case_id", "expired_at", "held_at", "id", "key", "kind", "payload_hash", "pgh_created_at", "pgh_label", "pgh_obj_id", "proposed_until", "prosecutor_absent_because", "protocol_id", "span", "state", "venue_id", "zone") VALUES (OLD."asking_id", OLD."booked_at", OLD."booked_by_id", OLD."cancelled_at", OLD."case_id", OLD."expired_at", OLD."held_at", OLD."id", OLD."key", OLD."kind", OLD."payload_hash", NOW(), \'deleted\', OLD."id", OLD."proposed_until", OLD."prosecutor_absent_because", OLD."protocol_id", OLD."span", OLD."state", OLD."venue_id", OLD."zone"); RETURN NULL;', hash='6a2a75758029ad58af233b4fc674bb6cd54e71f8', operation='DELETE', pgid='pgtrigger_deleted_delete_b0e76', table='services_interview', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='participant',
            trigger=pgtrigger.compiler.Trigger(name='changed_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "services_participantformer" ("answered_at", "case_id", "id", "interview_id", "other_start", "pgh_created_at", "pgh_label", "pgh_obj_id", "presence", "resource_id", "response", "role") VALUES (OLD."answered_at", OLD."case_id", OLD."id", OLD."interview_id", OLD."other_start", NOW(), \'changed\', OLD."id", OLD."presence", OLD."resource_id", OLD."response", OLD."role"); RETURN NULL;', hash='bfbce0eb06e08736d6ffd51535b7463d3383510e', operation='UPDATE', pgid='pgtrigger_changed_update_8ef90', table='services_participant', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='participant',
            trigger=pgtrigger.compiler.Trigger(name='deleted_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "services_participantformer" ("answered_at", "case_id", "id", "interview_id", "other_start", "pgh_created_at", "pgh_label", "pgh_obj_id", "presence", "resource_id", "response", "role") VALUES (OLD."answered_at", OLD."case_id", OLD."id", OLD."interview_id", OLD."other_start", NOW(), \'deleted\', OLD."id", OLD."presence", OLD."resource_id", OLD."response", OLD."role"); RETURN NULL;', hash='6f16cca1cafe5c8c7526fcbeb0060b40ad53f1e1', operation='DELETE', pgid='pgtrigger_deleted_delete_3b669', table='services_participant', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='interview',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'joint'), models.Q(('state__in', ['cancelled', 'expired']), _negated=True)), fields=('case',), name='interview_one_joint_interview_per_case'),
        ),
        migrations.AddConstraint(
            model_name='interview',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['cancelled', 'expired']), _negated=True), fields=('asking',), name='interview_one_per_asking'),
        ),
        migrations.AddConstraint(
            model_name='interview',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['joint', 'continuation', 'supplementary', 'court_ordered']), ('state__in', ['proposed', 'booked', 'held', 'cancelled', 'expired'])), name='interview_known_kind_and_state'),
        ),
        migrations.AddConstraint(
            model_name='interview',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('proposed_until__isnull', False), ('state', 'proposed')), models.Q(('proposed_until', None), ('state__in', ['booked', 'held'])), ('state__in', ['cancelled', 'expired']), _connector='OR'), name='interview_waits_for_answers_while_proposed'),
        ),
        migrations.AddConstraint(
            model_name='interview',
            constraint=models.CheckConstraint(condition=models.Q(('proposed_until', None), ('span__startswith__gte', models.F('proposed_until')), _connector='OR'), name='interview_waits_for_no_answer_past_its_hour'),
        ),
        migrations.AddConstraint(
            model_name='interview',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'expired'), _negated=True), ('expired_at__isnull', False), _connector='OR'), name='interview_lapsed_at_some_time'),
        ),
        migrations.AddConstraint(
            model_name='participant',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('answered_at', None), ('response', 'invited')), models.Q(('answered_at__isnull', False), ('response__in', ['accepted', 'declined', 'other_time'])), _connector='OR'), name='participant_answered_at_some_time'),
        ),
        migrations.AddConstraint(
            model_name='participant',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('other_start__isnull', False), ('response', 'other_time')), models.Q(models.Q(('response', 'other_time'), _negated=True), ('other_start', None)), _connector='OR'), name='participant_suggests_a_time_with_that_answer_only'),
        ),
        migrations.AddField(
            model_name='conflict',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by'),
        ),
        migrations.AddField(
            model_name='conflict',
            name='case',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='services.case', verbose_name='case'),
        ),
        migrations.AddField(
            model_name='conflict',
            name='person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person'),
        ),
        migrations.AddField(
            model_name='reminder',
            name='case',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='services.case'),
        ),
        migrations.AddField(
            model_name='reminder',
            name='interview',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reminders', to='services.interview'),
        ),
        migrations.AddField(
            model_name='reminder',
            name='recipient',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='conflict',
            constraint=models.UniqueConstraint(fields=('case', 'person', 'side'), name='conflict_said_once'),
        ),
        migrations.AddIndex(
            model_name='reminder',
            index=models.Index(condition=models.Q(('dropped_at', None), ('sent_at', None)), fields=['due_at'], name='reminder_waiting'),
        ),
        migrations.AddConstraint(
            model_name='reminder',
            constraint=models.UniqueConstraint(fields=('interview', 'recipient', 'kind', 'due_at'), name='reminder_once_for_each_moment'),
        ),
        migrations.AddConstraint(
            model_name='reminder',
            constraint=models.CheckConstraint(condition=models.Q(('sent_at', None), ('dropped_at', None), _connector='OR'), name='reminder_is_sent_or_dropped'),
        ),
    ]
